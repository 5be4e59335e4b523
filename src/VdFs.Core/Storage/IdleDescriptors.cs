using VdFs.Core.Errors;

namespace VdFs.Core.Storage;

/// <summary>
/// The one owner of descriptors that are open for want of a reason to close them: files of the state, references to nodes, clients' files that are idle. It keeps their number below a bound, and
/// closes some when an open fails for want of descriptors or memory. Who was used least lately goes first (a clock: each has a second chance). Safe from any thread.
/// </summary>
/// <remarks>
/// What must hold: what is in use is never closed (each of them counts its users, <see cref="UseCount"/>); what was closed is opened again by the next who needs it. So closing costs time and
/// nothing else. Using one costs nothing here: no lock, no call. Its lock is a leaf; no descriptor is closed under it. In the order of locks, one that is being opened comes first (it may
/// need room), then the node table, then this; whoever rests another never waits for one that is being opened.
/// </remarks>
public sealed class IdleDescriptors
{
    /// <summary>Of one try after another for the same want, those that wait, since nothing was left to close: others may have taken all there are.</summary>
    private const int MostWaits = 10;
    private const int MostTries = 64;

    /// <summary>How many are closed when an open found no descriptor: others will want some too.</summary>
    private const int AtOnce = 8;

    /// <summary>Share of the limit that idle ones may take; the rest is for the runtime, the catalog, the service, clients' folders and what is open for a moment.</summary>
    private const double Share = 0.6;

    /// <summary>What the rest takes at least: the runtime has about 200 of its own.</summary>
    private const int OfOthers = 320;
    private const int Fewest = 32;

    /// <summary>Each pins an inode of the backing filesystem in the kernel's memory.</summary>
    private const int MostEver = 65536;

    /// <summary>Guards the ring.</summary>
    private readonly Lock ring = new();
    private readonly List<(IIdle Item, uint Seen)> items = [];
    private int hand;

    /// <param name="most">How many may be open.</param>
    public IdleDescriptors(int most = int.MaxValue) => Most = most;

    public int Most { get; }

    /// <summary>Those that are open.</summary>
    public int Count
    {
        get
        {
            lock (ring)
                return items.Count;
        }
    }

    /// <summary>How many of a process's descriptors idle ones may take.</summary>
    public static int MostOf(ulong limit) => (int)Math.Clamp(Math.Min(limit * Share, (double)limit - OfOthers), Fewest, MostEver);

    /// <summary>How many files without a name may be held beside a worker, each of which has a descriptor in the worker as well.</summary>
    public static int MostHeldOf(ulong limit) => (int)Math.Min(limit / 4, int.MaxValue);

    /// <summary>One was opened, or opened again. Others may be closed for it.</summary>
    public void Opened(IIdle item)
    {
        int over;
        lock (ring)
        {
            if (item.PoolPlace <= 0)
                Add(item);
            over = items.Count - Most;
        }
        if (over > 0)
            Rest(over);
    }

    /// <summary>It needs no descriptor any more.</summary>
    public void Closed(IIdle item)
    {
        lock (ring)
        {
            if (item.PoolPlace > 0)
                RemoveAt(item.PoolPlace - 1);
        }
    }

    /// <summary>
    /// After a try that failed: whether to try again, since it was for want of descriptors or memory, and some were closed, or waited for. Begin with <paramref name="tries"/> at 0.
    /// </summary>
    public bool TryAgain(FsError error, ref int tries)
    {
        if (!error.IsWant() || tries >= MostTries)
            return false;
        if (Rest(AtOnce) > 0)
        {
            tries++;
            return true;
        }
        // Nothing of ours is idle: the machine may be short of them, or threads of this process have the last ones for a moment.
        if (tries >= MostWaits)
            return false;
        Thread.Sleep(1 << tries++);
        return true;
    }

    private int Rest(int wanted)
    {
        int rested = 0;
        int looks = 0;
        while (rested < wanted && Next(ref looks) is { } item)
        {
            if (item.TryRest())
            {
                rested++;
                continue;
            }
            lock (ring)
            {
                if (item.PoolPlace <= 0 && item.IsOpen)
                    Add(item);
            }
        }
        return rested;
    }

    /// <summary>The next that wasn't used since it was last looked at, taken out of the ring. Null after two turns.</summary>
    private IIdle? Next(ref int looks)
    {
        lock (ring)
        {
            while (items.Count > 0 && looks++ <= 2 * items.Count)
            {
                if (hand >= items.Count)
                    hand = 0;
                (IIdle item, uint seen) = items[hand];
                if (item.Uses == seen)
                {
                    RemoveAt(hand);
                    return item;
                }
                items[hand++] = (item, item.Uses);
            }
            return null;
        }
    }

    private void Add(IIdle item)
    {
        // As if it had been used since it was last looked at.
        items.Add((item, item.Uses - 1));
        item.PoolPlace = items.Count;
    }

    private void RemoveAt(int index)
    {
        items[index].Item.PoolPlace = 0;
        (IIdle Item, uint Seen) last = items[^1];
        items.RemoveAt(items.Count - 1);
        if (index == items.Count)
            return;
        items[index] = last;
        last.Item.PoolPlace = index + 1;
    }
}
