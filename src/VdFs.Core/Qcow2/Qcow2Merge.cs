using VdFs.Core.Errors;

namespace VdFs.Core.Qcow2;

/// <summary>
/// The newest files of a chain, two or more, as one, which stands where they stood: what is on top of it, and what is below, stay as they are. The newer one's clusters
/// lie over the older ones'; zero clusters are kept where something below could show through. The size is the newest one's, and where an older one
/// was shorter, what lies below stays hidden.
/// </summary>
/// <remarks>
/// Invariant: read through the files below, the merged file gives byte for byte what the chain gives. Clusters are what <see cref="ClusterChoice"/> says if the oldest
/// one stands alone, else as large as the smallest ones of all, unless the image needs larger ones; one that is covered only in part is filled up from below.
/// </remarks>
public sealed class Qcow2Merge
{
    private readonly Qcow2Chain chain;
    private readonly ClusterRunList runs = new();

    private readonly int count;

    /// <summary>Whether there is a file below those that are merged.</summary>
    private readonly bool hasBelow;

    /// <summary>Of the cluster that the sweep is in: what it was up to here.</summary>
    private ClusterKind? open;

    /// <param name="chain">The files to merge, newest first, and all behind them. Not disposed of; the writer reads from it.</param>
    /// <param name="count">How many files are merged, at least 2.</param>
    /// <exception cref="Qcow2Exception">No clusters are large enough for the result.</exception>
    public Qcow2Merge(Qcow2Chain chain, int count = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(chain.Files.Count, count);
        this.chain = chain;
        this.count = count;
        Qcow2File oldest = chain.Files[count - 1];
        hasBelow = chain.Files.Count > count;
        BackingName = oldest.BackingName;
        ClusterBits = hasBelow ? SmallestBits() : ChooseBits();
        foreach ((long start, long end, ClusterKind kind) in Sweep())
            Cover(start, end, kind);
        if (open is { } last)
            runs.Add(runs.End, 1, last);
    }

    public long VirtualSize => chain.VirtualSize;

    public int ClusterBits { get; }

    public IReadOnlyList<ClusterRun> Runs => runs;

    /// <summary>The oldest file's, relative to its folder: for a merged file in another folder it has to be another one. Null: the merged file stands alone.</summary>
    public byte[]? BackingName { get; }

    /// <summary>A writer of the merged file, whose source is the chain.</summary>
    /// <param name="backingName"><see cref="BackingName"/>, or what it is as seen from another folder.</param>
    public Qcow2StreamWriter Writer(byte[]? backingName)
    {
        if (backingName is null == hasBelow)
            throw new ArgumentException("a merged file has a backing file exactly if there is one below those that it is made of", nameof(backingName));
        return new Qcow2StreamWriter(VirtualSize, ClusterBits, runs, backingName);
    }

    /// <summary>Writes the merged file; an error is one of reading the chain.</summary>
    public FsError Write(byte[]? backingName, ISequentialSink sink) => Writer(backingName).Write(chain, sink);

    private int SmallestBits()
    {
        int bits = chain.Files.Take(count).Min(f => f.ClusterBits);
        // At most: all that any holds, each piece in a cluster of its own.
        long most = 0;
        for (int i = 0; i < count; i++)
            most = Math.Min(VirtualSize, most + (chain.Files[i].DataClusters << Math.Max(bits, chain.Files[i].ClusterBits)));
        return Qcow2Limits.Fit(bits, VirtualSize, most);
    }

    private int ChooseBits()
    {
        var choice = new ClusterChoice();
        foreach ((long start, long end, ClusterKind kind) in Sweep())
        {
            if (kind == ClusterKind.Data)
                choice.Add(start, end);
        }
        return choice.Bits(VirtualSize);
    }

    /// <summary>All of the image, in order.</summary>
    private IEnumerable<(long Start, long End, ClusterKind Kind)> Sweep()
    {
        for (long at = 0; at < VirtualSize;)
        {
            _ = chain.Find(at, VirtualSize, 0, count, out ClusterKind kind, out long end);
            // Zeros are worth telling only over a file that may have something there; without one they are what is unallocated.
            if (kind == ClusterKind.Zero && !(hasBelow && at < chain.Files[count].VirtualSize))
                kind = ClusterKind.Unallocated;
            else if (kind == ClusterKind.Zero)
                end = Math.Min(end, chain.Files[count].VirtualSize);
            yield return (at, end, kind);
            at = end;
        }
    }

    /// <summary>The next bytes of the image; a cluster that is not the same all through is Data.</summary>
    private void Cover(long from, long end, ClusterKind kind)
    {
        long size = 1L << ClusterBits;
        if (open is { } before)
        {
            ClusterKind both = before == kind ? kind : ClusterKind.Data;
            long clusterEnd = (runs.End + 1) << ClusterBits;
            if (end < clusterEnd)
            {
                open = both;
                return;
            }
            runs.Add(runs.End, 1, both);
            open = null;
            from = clusterEnd;
        }
        runs.Add(from >> ClusterBits, (end - from) >> ClusterBits, kind);
        if ((end & (size - 1)) != 0)
            open = kind;
    }
}
