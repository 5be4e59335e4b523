using System.Diagnostics;

namespace VdFs.Core.Inodes;

/// <summary>
/// Gives the inode numbers that a mount shows where the backing filesystem's own can't be shown: below `.snapshots`, and for files whose own number doesn't fit into 31 bits. They have 32 bits, the
/// highest of which is set; the numbers below 2³¹ are the backing filesystem's.
/// </summary>
/// <remarks>
/// What must hold: a number that is given is none that anything kept has, nor one that was given and isn't settled yet, as long as there are such. Numbers come from a window of free ones, ascending;
/// only when it is used up, all that are kept are looked at, and the largest gap between them is the next window. Safe from any thread; the lock is held while what is kept is looked at, and nothing is
/// called under it that could ask for numbers.
/// </remarks>
public sealed class InodePool
{
    /// <summary>`.snapshots`.</summary>
    public const uint SnapshotsFolder = 0x8000_0000;

    /// <summary>`.snapshots/.checkpoints`.</summary>
    public const uint CheckpointsFolder = 0x8000_0001;

    /// <summary>All that it may give. The last number of 32 bits stands for "unknown" in some programs.</summary>
    public static readonly InodeRange All = new(0x8000_0002, uint.MaxValue);

    private readonly Lock guard = new();
    private readonly InodeRange all;
    private readonly Func<IEnumerable<InodeRange>> kept;
    private readonly HashSet<InodeRange> unsettled = [];
    private InodeRange window;

    /// <param name="all">What it may give.</param>
    /// <param name="window">Where it stopped; empty and 0: nothing was given yet.</param>
    /// <param name="kept">All numbers that anything kept has, in any order. Asked seldom, and slow.</param>
    public InodePool(InodeRange all, InodeRange window, Func<IEnumerable<InodeRange>> kept)
    {
        this.all = all;
        this.kept = kept;
        this.window = window == default ? all : window;
    }

    /// <summary>Numbers that come next; to be kept with what they were given to.</summary>
    public InodeRange Window
    {
        get
        {
            lock (guard)
                return window;
        }
    }

    /// <summary>Whether a number is one that the pool, or what is fixed beside it, stands for.</summary>
    public static bool IsOwn(ulong inode) => inode is >= SnapshotsFolder and < uint.MaxValue;

    /// <summary>Gives numbers, in as few ranges as there are. To be settled when they are kept, or not needed after all. Once nothing is free, numbers come that others have.</summary>
    public InodeRange[] Take(int count)
    {
        var given = new List<InodeRange>();
        lock (guard)
        {
            while (count > 0)
            {
                if (window.Count == 0 && !FindWindow(1))
                    window = all;
                given.Add(Cut((uint)Math.Min(window.Count, (uint)count)));
                count -= (int)given[^1].Count;
            }
        }
        return [.. given];
    }

    /// <summary>Gives numbers without a gap; null if there is no room for so many in a row.</summary>
    public InodeRange? TakeRow(int count)
    {
        lock (guard)
        {
            Debug.Assert(count > 0);
            return window.Count >= (uint)count || FindWindow((uint)count) ? Cut((uint)count) : null;
        }
    }

    /// <summary>What was given is kept by now, or nobody has it.</summary>
    public void Settle(IEnumerable<InodeRange> given)
    {
        lock (guard)
            unsettled.ExceptWith(given);
    }

    /// <summary>At start: a number that was given after the window was last kept.</summary>
    public void Skip(uint number)
    {
        lock (guard)
        {
            if (number >= window.First && number < window.End)
                window = window with { First = number + 1 };
        }
    }

    private InodeRange Cut(uint count)
    {
        var given = new InodeRange(window.First, window.First + count);
        window = window with { First = given.End };
        unsettled.Add(given);
        return given;
    }

    /// <summary>The largest gap between all that are in use. False: it is smaller than <paramref name="least"/>, and the window stays.</summary>
    private bool FindWindow(uint least)
    {
        InodeRange[] used = [.. kept().Concat(unsettled).OrderBy(r => r.First), new(all.End, all.End)];
        InodeRange largest = default;
        uint free = all.First;
        foreach (InodeRange range in used)
        {
            if (range.First > free && range.First - free > largest.Count)
                largest = new(free, range.First);
            free = Math.Max(free, range.End);
        }
        if (largest.Count < least)
            return false;
        window = largest;
        return true;
    }
}
