using VdFs.Core.Qcow2;
using VdFs.Core.Tracking;

namespace VdFs.Core.Deltas;

/// <summary>What an image of a delta is to be made of.</summary>
/// <param name="Full">A standalone qcow2: all of the image.</param>
/// <param name="Reason">Why, where a delta was asked for; else empty.</param>
/// <param name="FormerPath">Its path at the older cut, if that was another.</param>
/// <param name="Backing">The former qcow2, relative to this one.</param>
/// <param name="Changed">Runs of blocks, ascending, apart from each other, up to the end of the image.</param>
/// <param name="Size">Bytes of the image.</param>
internal sealed record DeltaPlan(bool Full, string Reason, byte[]? FormerPath, byte[]? Backing, IReadOnlyList<(long First, long Count)> Changed, long Size)
{
    /// <exception cref="Qcow2Exception">No clusters are large enough.</exception>
    public int ClusterBits => Full
        ? Qcow2Limits.FullClusterBits(Qcow2Limits.RoundUp(Size), Size)
        : Qcow2Limits.DeltaClusterBits(Qcow2Limits.RoundUp(Size), Changed.Sum(c => c.Count) << Block.Shift);

    public static DeltaPlan Standalone(string reason, long size) => new(true, reason, null, null, [], size);

    /// <summary>Ranges of clusters to look at, ascending, apart from each other.</summary>
    public IEnumerable<(long First, long End)> Clusters(long size)
    {
        int bits = ClusterBits;
        long all = (size + (1L << bits) - 1) >> bits;
        if (Full)
        {
            if (all != 0)
                yield return (0, all);
            yield break;
        }
        int shift = bits - Block.Shift;
        long first = 0;
        long end = 0;
        foreach ((long start, long count) in Changed)
        {
            (long from, long to) = (start >> shift, ((start + count - 1) >> shift) + 1);
            if (from > end)
            {
                if (end > first)
                    yield return (first, end);
                first = from;
            }
            else if (end == 0)
            {
                first = from;
            }
            end = to;
        }
        if (end > first)
            yield return (first, end);
    }
}
