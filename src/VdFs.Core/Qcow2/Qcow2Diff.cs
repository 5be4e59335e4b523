using VdFs.Core.Snapshots;

namespace VdFs.Core.Qcow2;

/// <summary>
/// Where two points of one chain differ, told from the files' tables alone, without reading data. What is not told is the same in both, where a point counts
/// as zeros beyond its size; what is told as data may still be the same, rewritten with what was there.
/// </summary>
public sealed class Qcow2Diff
{
    private readonly List<Extent> data = [];
    private readonly List<Extent> zeros = [];

    /// <param name="chain">It ends with the newer point.</param>
    /// <param name="older">Place of the older point's file in the chain, at least 1.</param>
    public Qcow2Diff(Qcow2Chain chain, int older)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(older, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(older, chain.Files.Count);
        for (long at = 0; at < chain.VirtualSize;)
        {
            _ = chain.Find(at, chain.VirtualSize, 0, older, out ClusterKind kind, out long end);
            // Zeros differ only from what was data; beyond the older point's size is none.
            if (kind == ClusterKind.Zero)
            {
                _ = chain.Find(at, end, older, chain.Files.Count, out ClusterKind was, out end);
                if (was == ClusterKind.Data)
                    Add(zeros, at, end);
            }
            else if (kind == ClusterKind.Data)
            {
                Add(data, at, end);
            }
            at = end;
        }
    }

    /// <summary>Ranges in bytes of the newer point that hold data which the older one did not have there, ascending.</summary>
    public IReadOnlyList<Extent> Data => data;

    /// <summary>Ranges that are zeros in the newer point, where the older one had data; ascending.</summary>
    public IReadOnlyList<Extent> Zeros => zeros;

    private static void Add(List<Extent> extents, long start, long end)
    {
        if (extents.Count > 0 && extents[^1].Start + extents[^1].Length == start)
            extents[^1] = extents[^1] with { Length = end - extents[^1].Start };
        else
            extents.Add(new Extent(start, end - start));
    }
}
