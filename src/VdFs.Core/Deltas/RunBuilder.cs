using VdFs.Core.Qcow2;

namespace VdFs.Core.Deltas;

/// <summary>Runs of clusters from ranges of bytes that hold data, given in ascending order: a cluster that any of them touches is data.</summary>
/// <param name="bits">Bits of a cluster's size.</param>
/// <param name="rest">What the other clusters of a range are; unallocated ones are left out.</param>
internal sealed class RunBuilder(int bits, ClusterKind rest)
{
    private readonly List<ClusterRun> runs = [];

    /// <summary>The first cluster that nothing was said of.</summary>
    private long next;

    public ClusterRun[] Runs => [.. runs];

    /// <summary>Begins a range of clusters; what lies before it is left out.</summary>
    public void Begin(long first) => next = Math.Max(next, first);

    /// <summary>Bytes that hold data.</summary>
    public void Data(long start, long end)
    {
        long first = Math.Max(start >> bits, next);
        long stop = ((end - 1) >> bits) + 1;
        if (stop <= first)
            return;
        Add(next, first, rest);
        Add(first, stop, ClusterKind.Data);
        next = stop;
    }

    /// <summary>Ends the range.</summary>
    public void End(long end)
    {
        Add(next, end, rest);
        next = Math.Max(next, end);
    }

    private void Add(long first, long end, ClusterKind kind)
    {
        if (first >= end || kind == ClusterKind.Unallocated)
            return;
        if (runs is [.., var last] && last.Kind == kind && last.End == first)
            runs[^1] = last with { Count = end - last.First };
        else
            runs.Add(new ClusterRun(first, end - first, kind));
    }
}
