using VdFs.Core.Qcow2;
using VdFs.Core.Storage;
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
    /// <remarks>Of a standalone one: for looking at it; which its clusters are, depends on what it holds.</remarks>
    public int ClusterBits => Full
        ? Qcow2Limits.MinClusterBits
        : Qcow2Limits.DeltaClusterBits(Qcow2Limits.RoundUp(Size), Changed.Total(c => c.Count) << Block.Shift);

    public static DeltaPlan Standalone(string reason, long size) => new(true, reason, null, null, [], size);

    /// <summary>Chooses the clusters of a standalone one by what it holds.</summary>
    /// <param name="runs">Data in blocks of 4 KiB; afterwards in clusters of the size that was chosen.</param>
    /// <returns>Binary logarithm of that size.</returns>
    /// <exception cref="Qcow2Exception">No clusters are large enough.</exception>
    public int Fit(ref IReadOnlyList<ClusterRun> runs)
    {
        var choice = new ClusterChoice();
        foreach (ClusterRun run in runs)
            choice.Add(run.First << Qcow2Limits.MinClusterBits, run.End << Qcow2Limits.MinClusterBits);
        int bits = choice.Bits(Qcow2Limits.RoundUp(Size));
        if (bits == Qcow2Limits.MinClusterBits)
            return bits;
        var builder = new RunBuilder(bits, ClusterKind.Unallocated);
        foreach (ClusterRun run in runs)
            builder.Data(run.First << Qcow2Limits.MinClusterBits, run.End << Qcow2Limits.MinClusterBits);
        runs = builder.Runs;
        return bits;
    }

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
