using VdFs.Core.Tracking;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>An image as its clients know it: what they wrote and were told.</summary>
internal sealed class ModelImage(SimulatedNode node)
{
    private readonly Dictionary<int, Touched> touchedSince = [];

    public SimulatedNode Node { get; } = node;

    /// <summary>Null once it was deleted.</summary>
    public string? Name { get; set; }

    public Pages Content { get; set; } = new();

    /// <summary>Content at the last sync that was acknowledged, and what changed since.</summary>
    public Pages Synced { get; private set; } = new();

    public HashSet<long> ChangedSinceSync { get; } = [];

    public bool ResizedSinceSync { get; set; }

    /// <summary>Blocks that any operation ever came near; all others are zeros for ever.</summary>
    public SortedSet<long> Blocks { get; } = [];

    /// <summary>
    /// Regions that may hold what isn't on stable storage: asked for since they were last known to be at rest. With the number of turns of the engine's tending since then.
    /// </summary>
    public Dictionary<int, int> InDoubt { get; } = [];

    /// <summary>Size and time are known to the engine since an instant since which no client touched it: what somebody else does to it is noticed.</summary>
    public bool Sighted { get; set; }

    /// <summary>A client touched it since the last cut, in this life or an earlier one.</summary>
    public bool Touched { get; set; }

    /// <summary>Blocks that somebody changed past the mount, which is yet to be noticed; null: none.</summary>
    public HashSet<long>? Unnoticed { get; set; }

    /// <summary>All of it may be in doubt.</summary>
    public bool AllInDoubt { get; set; }

    /// <summary>What clients did to it after capture <paramref name="capture"/> and before the next.</summary>
    public Touched At(int capture)
    {
        if (!touchedSince.TryGetValue(capture, out Touched? touched))
            touchedSince[capture] = touched = new Touched();
        return touched;
    }

    public IEnumerable<Touched> Between(int from, int to) => touchedSince.Where(t => t.Key >= from && t.Key < to).Select(t => t.Value);

    /// <summary>Blocks of a range, and those at its ends, are looked at from now on; a long range only at its ends.</summary>
    public void LookAt(long from, long to)
    {
        (long first, long last) = (Block.Of(from), Block.Of(Math.Max(from, to - 1)));
        if (last - first > 100)
        {
            Blocks.UnionWith([first, first + 1, last - 1, last]);
            return;
        }
        for (long block = first; block <= last; block++)
            Blocks.Add(block);
    }

    public void MarkSynced()
    {
        Synced = Content.Clone();
        ChangedSinceSync.Clear();
        ResizedSinceSync = false;
    }
}

/// <summary>What clients did to an image between two captures.</summary>
internal sealed class Touched
{
    /// <summary>Blocks of writes that were acknowledged.</summary>
    public HashSet<long> Written { get; } = [];

    /// <summary>Ranges of blocks that may be recorded: everything that was asked for, done or not.</summary>
    public List<(long First, long Last)> Asked { get; } = [];

    /// <summary>A failure, or a power cut, allows the whole image to count as changed.</summary>
    public bool Everything { get; set; }

    /// <summary>A power cut allows these to count as changed as a whole.</summary>
    public HashSet<int> Regions { get; } = [];

    public bool Allows(long block) => Everything || Regions.Contains((int)(block / ChangeBitmap.BitsPerPage)) || Asked.Any(r => block >= r.First && block <= r.Last);
}
