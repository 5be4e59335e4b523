using System.Collections;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Qcow2;

/// <summary>Runs as they are found, ascending; neighbours of one kind are joined, unallocated ones left out. For one thread at a time.</summary>
public sealed class ClusterRunList : IReadOnlyList<ClusterRun>
{
    private readonly List<ClusterRun> runs = [];

    public int Count => runs.Count;

    /// <summary>The cluster behind the last one added; the next may not lie before it.</summary>
    public long End { get; private set; }

    public ClusterRun this[int index] => runs[index];

    /// <summary>Adds clusters behind those that are there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They begin before the end of those that are there, or are fewer than none.</exception>
    public void Add(long first, long count, ClusterKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, End);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        End = first + count;
        if (kind == ClusterKind.Unallocated || count == 0)
            return;
        if (runs.Count > 0 && runs[^1].Kind == kind && runs[^1].End == first)
            runs[^1] = runs[^1] with { Count = runs[^1].Count + count };
        else
            runs.Add(new ClusterRun(first, count, kind));
    }

    /// <summary>
    /// Clusters that byte ranges touch: Data where one with data touches it, even in part; Zero where ranges of zeros cover it whole and no data touches it.
    /// A cluster that zeros cover only in part is Data too: the rest of it has to come from somewhere. The image's last cluster counts as whole up to its size.
    /// </summary>
    /// <param name="data">Ranges in bytes, ascending.</param>
    /// <param name="zeros">Likewise.</param>
    /// <param name="size">Of the image in bytes; what ranges have beyond it is left out.</param>
    /// <exception cref="ArgumentException">A range is negative, or overlaps another one.</exception>
    public static ClusterRunList FromRanges(IEnumerable<Extent> data, IEnumerable<Extent> zeros, long size, int clusterBits)
    {
        var list = new ClusterRunList();
        long before = 0;
        foreach ((long start, long length, bool isZero) in Joined(data, zeros))
        {
            if (start < before || length < 0 || length > long.MaxValue - start)
                throw new ArgumentException($"a range of {length} bytes at {start} doesn't follow those before it");
            before = start + length;
            long end = Math.Min(before, size);
            if (start >= end)
                continue;
            long first = start >> clusterBits;
            long last = (end - 1) >> clusterBits;
            if (!isZero)
            {
                list.Touch(first, last, ClusterKind.Data);
                continue;
            }
            bool headWhole = (start & ((1L << clusterBits) - 1)) == 0;
            bool tailWhole = end == size || (end & ((1L << clusterBits) - 1)) == 0;
            if (first == last)
            {
                list.Touch(first, last, headWhole && tailWhole ? ClusterKind.Zero : ClusterKind.Data);
                continue;
            }
            if (!headWhole)
                list.Touch(first, first, ClusterKind.Data);
            list.Touch(headWhole ? first : first + 1, tailWhole ? last : last - 1, ClusterKind.Zero);
            if (!tailWhole)
                list.Touch(last, last, ClusterKind.Data);
        }
        return list;
    }

    public IEnumerator<ClusterRun> GetEnumerator() => runs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>As <see cref="Add"/>, where the first cluster may be the last one added: that one is Data, as more than one range touches it.</summary>
    private void Touch(long first, long last, ClusterKind kind)
    {
        first = Math.Max(first, End);
        if (first <= last)
            Add(first, last - first + 1, kind);
    }

    private static IEnumerable<(long Start, long Length, bool IsZero)> Joined(IEnumerable<Extent> data, IEnumerable<Extent> zeros)
    {
        using IEnumerator<Extent> a = data.GetEnumerator();
        using IEnumerator<Extent> b = zeros.GetEnumerator();
        bool hasA = a.MoveNext();
        bool hasB = b.MoveNext();
        while (hasA || hasB)
        {
            if (hasA && (!hasB || a.Current.Start <= b.Current.Start))
            {
                yield return (a.Current.Start, a.Current.Length, false);
                hasA = a.MoveNext();
            }
            else
            {
                yield return (b.Current.Start, b.Current.Length, true);
                hasB = b.MoveNext();
            }
        }
    }
}
