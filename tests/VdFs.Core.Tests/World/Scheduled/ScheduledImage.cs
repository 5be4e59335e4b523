using VdFs.Core.Tracking;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World.Scheduled;

/// <summary>An image that several clients write at once, in whole sectors, each write of a number of its own.</summary>
internal sealed class ScheduledImage(string name, SimulatedNode node)
{
    private readonly List<SectorWrite> writes = [];

    public string Name { get; } = name;

    public SimulatedNode Node { get; } = node;

    /// <summary>What it held when the life began, or after the last change of its length.</summary>
    public Pages Base { get; private set; } = node.Inode.Cache.Clone();

    /// <summary>All writes of all lives; those that a power cut may have taken as if they had never been acknowledged.</summary>
    public List<SectorWrite> History { get; } = [];

    /// <summary>A client changed its length in this life: which write came before which isn't known any more.</summary>
    public bool Resized { get; private set; }

    /// <summary>A client changed its length in some life: what changed isn't only what was written.</summary>
    public bool EverResized { get; private set; }

    /// <summary>Blocks that any write came near.</summary>
    public SortedSet<long> Blocks { get; } = [];

    public SectorWrite Begin(long sector, int count, ulong tag, int now)
    {
        var write = new SectorWrite(sector, count, tag, now);
        writes.Add(write);
        History.Add(write);
        for (long at = write.FirstBlock; at <= write.LastBlock; at++)
            Blocks.Add(at);
        return write;
    }

    /// <summary>Another life begins with what is there.</summary>
    public void Rebase(bool powerCut)
    {
        Base = Node.Inode.Cache.Clone();
        writes.Clear();
        Resized = false;
        foreach (SectorWrite write in powerCut ? History : [])
            write.Ended = int.MaxValue;
    }

    public void Resize() => Resized = EverResized = true;

    /// <summary>Null, or which sector can't be as it is at <paramref name="now"/>, whatever came before what.</summary>
    public string? Implausible(Pages content, int now)
    {
        if (Resized)
            return null;
        Span<byte> bytes = stackalloc byte[Pages.Sector];
        foreach (long block in Blocks)
        {
            for (long sector = block * 8; sector < (block + 1) * 8; sector++)
            {
                if (content.Read(sector * Pages.Sector, bytes) < Pages.Sector)
                    break;
                ulong tag = BitConverter.ToUInt64(bytes);
                for (int at = 8; at < Pages.Sector; at += 8)
                {
                    if (BitConverter.ToUInt64(bytes[at..]) != tag)
                        return $"sector {sector} is torn";
                }
                if (!IsPlausible(sector, tag, now))
                    return $"sector {sector} holds write {tag}, which is not there or was overwritten";
            }
        }
        return null;
    }

    private bool IsPlausible(long sector, ulong tag, int now)
    {
        Span<byte> before = stackalloc byte[8];
        before.Clear();
        _ = Base.Read(sector * Pages.Sector, before);
        SectorWrite[] all = [.. writes.Where(w => w.Covers(sector) && w.Begun < now)];
        if (BitConverter.ToUInt64(before) == tag && !all.Any(w => w.Ended < now))
            return true;
        return all.Any(w => w.Tag == tag && !all.Any(later => later.Begun > w.Ended && later.Ended < now));
    }
}

/// <summary>A write of whole sectors, or a hole that was punched (tag 0).</summary>
internal sealed class SectorWrite(long sector, int count, ulong tag, int begun)
{
    public ulong Tag { get; } = tag;

    public int Begun { get; } = begun;

    /// <summary>When it was acknowledged; of one that wasn't: never.</summary>
    public int Ended { get; set; } = int.MaxValue;

    public long FirstBlock => sector / 8;

    public long LastBlock => (sector + count - 1) / 8;

    public bool Covers(long one) => one >= sector && one < sector + count;
}
