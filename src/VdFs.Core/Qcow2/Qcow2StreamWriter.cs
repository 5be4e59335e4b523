using VdFs.Core.Errors;

namespace VdFs.Core.Qcow2;

/// <summary>
/// Writes a qcow2 file in one pass from beginning to end, though what it holds is known only when it was read: the clusters that may hold data are known
/// before, so header and tables have their places behind room for all of them. One that turns out to be zeros, or the same as before, is left out; the room
/// it would have had is a gap at the end of the data, zeros that nothing refers to.
/// </summary>
/// <remarks>The same content and candidates give the same bytes. Parts in the order of <see cref="Qcow2Layout"/>. For one thread.</remarks>
public sealed class Qcow2StreamWriter
{
    private const int PieceSize = 1 << 20;

    private readonly Qcow2Layout candidates;
    private readonly byte[]? backingName;
    private readonly ClusterRunList kept = new();
    private bool begun;

    /// <param name="runs">Data: what may hold data; Zero: what reads as zeros. A layout's own runs, or wider ones.</param>
    /// <param name="backingName">As <see cref="Qcow2Layout"/> has it.</param>
    /// <exception cref="Qcow2Exception">As <see cref="Qcow2Layout"/>.</exception>
    public Qcow2StreamWriter(long virtualSize, int clusterBits, IReadOnlyList<ClusterRun> runs, byte[]? backingName)
    {
        candidates = new Qcow2Layout(virtualSize, clusterBits, runs, backingName);
        this.backingName = backingName;
    }

    /// <summary>Clusters of zeros take no room: they become zero clusters, or stay unallocated where there is no backing file. Looking costs no extra reading.</summary>
    public bool DropZeros { get; init; } = true;

    /// <summary>
    /// What the backing file and those behind it read as; a cluster that is the same there is left unallocated. Null: nothing is compared. Has no use
    /// without a backing name.
    /// </summary>
    public IClusterSource? Base { get; init; }

    /// <summary>Bytes that the file will have.</summary>
    public long Length => candidates.Length;

    /// <summary>The file that was written, once <see cref="Write"/> has succeeded.</summary>
    public Qcow2Layout? Written { get; private set; }

    /// <summary>Clusters left out as zeros, and as the same as before.</summary>
    public long DroppedZeros { get; private set; }

    public long DroppedSame { get; private set; }

    /// <summary>Writes the file. An error is that of a source, and what was written before it is no file.</summary>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    public FsError Write(IClusterSource source, ISequentialSink sink)
    {
        if (begun)
            throw new InvalidOperationException("a file is written once");
        begun = true;
        byte[] buffer = GC.AllocateUninitializedArray<byte>((int)Math.Max(PieceSize, candidates.ClusterSize));
        FsError error = candidates.Read(0, buffer.AsSpan(0, (int)candidates.ClusterSize), source, out int header);
        if (error != FsError.None)
            return error;
        sink.Write(buffer.AsSpan(0, header));
        error = WriteData(source, sink, buffer);
        if (error != FsError.None)
            return error;
        var written = new Qcow2Layout(candidates.VirtualSize, candidates.ClusterBits, kept, backingName, candidates.Places.DataRoom, candidates.Places.TableRoom);
        WriteTables(written, source, sink, buffer);
        Written = written;
        return FsError.None;
    }

    private FsError WriteData(IClusterSource source, ISequentialSink sink, byte[] buffer)
    {
        byte[]? other = Base is null || backingName is null ? null : GC.AllocateUninitializedArray<byte>(buffer.Length);
        int bits = candidates.ClusterBits;
        int filled = 0;
        foreach (ClusterRun run in candidates.Runs)
        {
            if (run.Kind == ClusterKind.Zero)
            {
                Keep(run.First, run.Count, ClusterKind.Zero);
                continue;
            }
            for (long cluster = run.First; cluster < run.End;)
            {
                // Not in ever smaller pieces towards the end of the buffer: where much is left out, there would be no end of those.
                if (buffer.Length - filled < Math.Min((run.End - cluster) << bits, (buffer.Length + 1) / 2))
                {
                    sink.Write(buffer.AsSpan(0, filled));
                    filled = 0;
                }
                int count = (int)Math.Min(run.End - cluster, (buffer.Length - filled) >> bits);
                FsError error = Take(source, cluster, buffer.AsSpan(filled, count << bits), other, out int taken);
                if (error != FsError.None)
                    return error;
                filled += taken;
                cluster += count;
            }
        }
        if (filled > 0)
            sink.Write(buffer.AsSpan(0, filled));
        return FsError.None;
    }

    /// <summary>Reads clusters and moves those that are kept together at the front.</summary>
    private FsError Take(IClusterSource source, long cluster, Span<byte> piece, byte[]? other, out int taken)
    {
        taken = 0;
        FsError error = source.Read(cluster << candidates.ClusterBits, piece, out int read);
        if (error != FsError.None)
            return error;
        piece[read..].Clear();
        Span<byte> before = other is null ? default : other.AsSpan(0, piece.Length);
        if (other is not null)
        {
            error = Base!.Read(cluster << candidates.ClusterBits, before, out read);
            if (error != FsError.None)
                return error;
            before[read..].Clear();
        }
        int size = (int)candidates.ClusterSize;
        for (int at = 0; at < piece.Length; at += size, cluster++)
        {
            Span<byte> content = piece.Slice(at, size);
            if (other is not null && content.SequenceEqual(before.Slice(at, size)))
            {
                DroppedSame++;
            }
            else if (DropZeros && !content.ContainsAnyExcept((byte)0))
            {
                DroppedZeros++;
                Keep(cluster, 1, ClusterKind.Zero);
            }
            else
            {
                if (taken != at)
                    content.CopyTo(piece[taken..]);
                taken += size;
                Keep(cluster, 1, ClusterKind.Data);
            }
        }
        return FsError.None;
    }

    /// <summary>Without a backing file, zeros are what is unallocated.</summary>
    private void Keep(long first, long count, ClusterKind kind) =>
        kept.Add(first, count, kind == ClusterKind.Zero && backingName is null ? ClusterKind.Unallocated : kind);

    /// <summary>All behind the data: the gap, and the tables as the clusters turned out.</summary>
    private static void WriteTables(Qcow2Layout written, IClusterSource source, ISequentialSink sink, byte[] buffer)
    {
        long at = (Qcow2Places.Data + written.DataClusters) << written.ClusterBits;
        while (at < written.Length)
        {
            if (written.Seek(at, hole: false, out long data) != FsError.None)
                data = written.Length;
            if (data > at)
                sink.WriteZeros(data - at);
            at = data;
            if (at == written.Length || written.Seek(at, hole: true, out long end) != FsError.None)
                return;
            while (at < end)
            {
                // Tables need no source: it is not asked.
                _ = written.Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), source, out int length);
                sink.Write(buffer.AsSpan(0, length));
                at += length;
            }
        }
    }
}
