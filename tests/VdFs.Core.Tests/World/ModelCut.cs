using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>A cut, with a copy of every image as it was at its instant.</summary>
internal sealed class ModelCut(int capture, Dictionary<string, (ModelImage Image, Pages Content)> images)
{
    private readonly HashSet<ModelImage> mayLose = [];
    private readonly HashSet<ModelImage> mayBeFull = [];
    private readonly Dictionary<ModelImage, HashSet<long>> excused = [];
    private readonly HashSet<ModelImage> excusedAsAWhole = [];

    /// <summary>Its place in the order of captures.</summary>
    public int Capture { get; } = capture;

    /// <summary>The engine's number; -1 until it is known.</summary>
    public long Number { get; set; } = -1;

    public Dictionary<string, (ModelImage Image, Pages Content)> Images { get; } = images;

    /// <summary>Something happened that allows this image to be lost in it.</summary>
    public bool MayLose(ModelImage image) => mayLose.Contains(image);

    /// <summary>Something happened that allows changes of this image since it to be unknown.</summary>
    public bool MayBeFull(ModelImage image) => mayBeFull.Contains(image);

    /// <summary>Somebody changed this block past VdFs in a way that can't be noticed.</summary>
    public bool IsExcused(ModelImage image, long block) => excusedAsAWhole.Contains(image) || (excused.TryGetValue(image, out HashSet<long>? blocks) && blocks.Contains(block));

    /// <param name="blocks">Null: all of it.</param>
    public void Excuse(ModelImage image, IEnumerable<long>? blocks)
    {
        if (blocks is null)
            excusedAsAWhole.Add(image);
        else if (!excused.TryAdd(image, [.. blocks]))
            excused[image].UnionWith(blocks);
    }

    public void AllowLoss(ModelImage image) => mayLose.Add(image);

    public void AllowFull(ModelImage image) => mayBeFull.Add(image);
}

/// <summary>A line of the list of snapshots and checkpoints.</summary>
internal sealed record ModelEntry(ModelCut Cut, string Name, bool Held);
