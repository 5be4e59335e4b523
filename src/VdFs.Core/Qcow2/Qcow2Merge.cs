using VdFs.Core.Errors;

namespace VdFs.Core.Qcow2;

/// <summary>
/// The two newest files of a chain as one, which stands where both stood: what is on top of it, and what is below, stay as they are. The newer one's clusters
/// lie over the older one's; zero clusters are kept where something below could show through. The size is the newer one's, and where the older one
/// was shorter, what lies below stays hidden.
/// </summary>
/// <remarks>
/// Invariant: read through the files below, the merged file gives byte for byte what the chain gives. Clusters are as large as those of the older one if that
/// stands alone (64 KiB), else as the smaller ones of both, unless the image needs larger ones; one that is covered only in part is filled up from below.
/// </remarks>
public sealed class Qcow2Merge
{
    private readonly Qcow2Chain chain;
    private readonly ClusterRunList runs = new();

    /// <summary>Whether there is a file below the two.</summary>
    private readonly bool hasBelow;

    /// <summary>Of the cluster that the sweep is in: what it was up to here.</summary>
    private ClusterKind? open;

    /// <param name="chain">The newer file, the older one, and all behind them. Not disposed of; the writer reads from it.</param>
    /// <exception cref="Qcow2Exception">No clusters are large enough for the result.</exception>
    public Qcow2Merge(Qcow2Chain chain)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chain.Files.Count, 2);
        this.chain = chain;
        Qcow2File newer = chain.Files[0];
        Qcow2File older = chain.Files[1];
        hasBelow = chain.Files.Count > 2;
        BackingName = older.BackingName;
        int bits = hasBelow ? Math.Min(newer.ClusterBits, older.ClusterBits) : older.ClusterBits;
        // At most: all that either holds, each piece in a cluster of its own.
        long most = (newer.DataClusters << Math.Max(bits, newer.ClusterBits)) + (older.DataClusters << Math.Max(bits, older.ClusterBits));
        ClusterBits = Qcow2Limits.Fit(bits, newer.VirtualSize, Math.Min(most, newer.VirtualSize));
        Sweep();
    }

    public long VirtualSize => chain.VirtualSize;

    public int ClusterBits { get; }

    public IReadOnlyList<ClusterRun> Runs => runs;

    /// <summary>The older file's, relative to its folder: for a merged file in another folder it has to be another one. Null: the merged file stands alone.</summary>
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

    private void Sweep()
    {
        for (long at = 0; at < VirtualSize;)
        {
            _ = chain.Find(at, VirtualSize, 0, 2, out ClusterKind kind, out long end);
            // Zeros are worth telling only over a file that may have something there; without one they are what is unallocated.
            if (kind == ClusterKind.Zero && !(hasBelow && at < chain.Files[2].VirtualSize))
                kind = ClusterKind.Unallocated;
            else if (kind == ClusterKind.Zero)
                end = Math.Min(end, chain.Files[2].VirtualSize);
            Cover(at, end, kind);
            at = end;
        }
        if (open is { } last)
            runs.Add(runs.End, 1, last);
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
