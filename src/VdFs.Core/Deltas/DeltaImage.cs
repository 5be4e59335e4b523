using VdFs.Core.Images;
using VdFs.Core.Qcow2;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Deltas;

/// <summary>
/// How an image of a delta is laid out as a qcow2: fixed when it is first looked at, so that size and content never change. Immutable; it holds no data and
/// needs neither the change records nor the older cut any more.
/// </summary>
public sealed class DeltaImage
{
    internal DeltaImage(int index, ImageId image, long size, string reason, byte[]? formerPath, byte[]? backing, bool full, int clusterBits, IReadOnlyList<ClusterRun> runs)
    {
        Index = index;
        Image = image;
        Size = size;
        Reason = reason;
        FormerPath = formerPath;
        Backing = backing;
        Full = full;
        Weight = 512 + (runs.Count * 28L);
        Layout = new Qcow2Layout(Qcow2Limits.RoundUp(size), clusterBits, runs, backing);
    }

    /// <summary>Index of its name in the newer cut's file list.</summary>
    public int Index { get; }

    public ImageId Image { get; }

    /// <summary>Bytes of the image at the newer cut.</summary>
    public long Size { get; }

    /// <summary>Why it is a full one; empty if it isn't, or was asked to be.</summary>
    public string Reason { get; }

    /// <summary>Its path at the older cut, if that was another.</summary>
    public byte[]? FormerPath { get; }

    public byte[]? Backing { get; }

    /// <summary>A standalone qcow2.</summary>
    public bool Full { get; }

    /// <summary>In a delta, what none of its runs speaks of is unchanged; in a full one it is a hole.</summary>
    public Qcow2Layout Layout { get; }

    /// <summary>Memory that it takes, about.</summary>
    internal long Weight { get; }

    /// <summary>Ranges of one kind, in bytes, up to the end of the image.</summary>
    internal Extent[] Extents(ClusterKind kind)
    {
        var extents = new List<Extent>();
        foreach (ClusterRun run in Layout.Runs)
        {
            if (run.Kind != kind)
                continue;
            long start = run.First << Layout.ClusterBits;
            extents.Add(new Extent(start, Math.Min(run.End << Layout.ClusterBits, Size) - start));
        }
        return [.. extents];
    }
}
