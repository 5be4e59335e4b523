namespace VdFs.Core.Qcow2;

/// <summary>Clusters of an image that are the same in kind.</summary>
/// <param name="First">Number of the first one, in clusters of the image.</param>
/// <param name="Count">How many there are.</param>
public readonly record struct ClusterRun(long First, long Count, ClusterKind Kind)
{
    /// <summary>The first cluster behind it.</summary>
    public long End => First + Count;
}
