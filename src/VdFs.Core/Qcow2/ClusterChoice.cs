namespace VdFs.Core.Qcow2;

/// <summary>
/// How large the clusters of a standalone file are to be, 4 to 64 KiB: counts, in one pass over what holds data, what the file would take with each size. A hole that is smaller than a
/// cluster isn't one, and the tables of a small file have a cluster each: so small and fragmented images get small ones. For one thread.
/// </summary>
public sealed class ClusterChoice
{
    /// <summary>Runs that a reader keeps in memory, 28 bytes each; with more of them the clusters get larger.</summary>
    private const long MaxRuns = 1 << 24;

    /// <summary>Larger clusters are worth that share of the file: they need fewer tables in the reader's memory.</summary>
    private const int Tolerance = 16;

    private readonly Count[] counts = [.. Enumerable.Range(Qcow2Limits.MinClusterBits, Qcow2Limits.FullBits - Qcow2Limits.MinClusterBits + 1).Select(bits => new Count(bits))];

    /// <summary>Adds bytes that hold data, behind those that were added; they may overlap those.</summary>
    public void Add(long start, long end)
    {
        if (start >= end)
            return;
        foreach (Count count in counts)
            count.Add(start, end);
    }

    /// <summary>The binary logarithm of the cluster size: the largest that takes hardly more room than the best.</summary>
    /// <param name="virtualSize">Of the image in bytes.</param>
    /// <exception cref="Qcow2Exception">No clusters are large enough.</exception>
    public int Bits(long virtualSize)
    {
        long best = counts.Min(c => c.FileBytes(virtualSize));
        int chosen = best == long.MaxValue ? -1 : Array.FindLastIndex(counts, c => c.FileBytes(virtualSize) <= best + (best / Tolerance));
        return chosen < 0 ? Qcow2Limits.FullClusterBits(virtualSize, counts[^1].DataBytes) : counts[chosen].ClusterBits;
    }

    private sealed class Count(int bits)
    {
        private long end;
        private long lastTable = -1;
        private long lastTop = -1;
        private long data;
        private long tables;
        private long tops;
        private long runs;

        public int ClusterBits => bits;

        public long DataBytes => data << bits;

        public void Add(long startByte, long endByte)
        {
            long first = Math.Max(startByte >> bits, end);
            long last = (endByte - 1) >> bits;
            if (first > last)
                return;
            if (first > end || runs == 0)
                runs++;
            end = last + 1;
            data += last - first + 1;
            tables += Parts(first, last, bits - 3, ref lastTable);
            tops += Parts(first, last, 2 * (bits - 3), ref lastTop);
        }

        /// <summary>Bytes of the file that are not holes; the largest number: it can't be.</summary>
        public long FileBytes(long virtualSize)
        {
            if (runs > MaxRuns || virtualSize > Qcow2Limits.MaxSize(bits) || DataBytes > Qcow2Limits.MaxSize(bits) - (Qcow2Limits.MaxSize(bits) >> 8))
                return long.MaxValue;
            var places = new Qcow2Places(virtualSize, bits, data, tables);
            return (places.End - (places.RefcountTable - places.L1) + tops) << bits;
        }

        /// <summary>How many parts of 2^shift clusters the clusters touch that weren't touched before.</summary>
        private static long Parts(long first, long last, int shift, ref long before)
        {
            long from = Math.Max(first >> shift, before + 1);
            long to = last >> shift;
            before = Math.Max(before, to);
            return Math.Max(0, to - from + 1);
        }
    }
}
