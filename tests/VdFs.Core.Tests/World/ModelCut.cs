using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>A cut, with a copy of every image as it was at its instant.</summary>
internal sealed class ModelCut(int capture, Dictionary<string, (ModelImage Image, Pages Content)> images)
{
    private readonly HashSet<ModelImage> mayLose = [];
    private readonly HashSet<ModelImage> mayBeFull = [];

    /// <summary>Its place in the order of captures.</summary>
    public int Capture { get; } = capture;

    /// <summary>The engine's number; -1 until it is known.</summary>
    public long Number { get; set; } = -1;

    public Dictionary<string, (ModelImage Image, Pages Content)> Images { get; } = images;

    /// <summary>Something happened that allows this image to be lost in it.</summary>
    public bool MayLose(ModelImage image) => mayLose.Contains(image);

    /// <summary>Something happened that allows changes of this image since it to be unknown.</summary>
    public bool MayBeFull(ModelImage image) => mayBeFull.Contains(image);

    public void AllowLoss(ModelImage image) => mayLose.Add(image);

    public void AllowFull(ModelImage image) => mayBeFull.Add(image);
}

/// <summary>A line of the list of snapshots and checkpoints.</summary>
internal sealed record ModelEntry(ModelCut Cut, string Name, bool Held);
