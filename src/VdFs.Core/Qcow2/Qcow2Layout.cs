using VdFs.Core.Errors;

namespace VdFs.Core.Qcow2;

/// <summary>
/// A qcow2 file that is computed, not stored: header and tables follow from the runs, data comes from a source as it is read. After QEMU's
/// docs/interop/qcow2.txt: version 3, no compression, no encryption, refcounts of 16 bits. The parts in order: header cluster, data clusters in guest
/// order, L2 tables, L1 table, refcount table, refcount blocks.
/// </summary>
/// <remarks>
/// The same arguments give the same bytes, always. Holds no state beside the runs (28 bytes each): any number of threads may read at once, and reading allocates nothing.
/// <para>
/// What an unallocated cluster means is the backing file's business, so for a delta from A to B the caller owes this: every cluster that differs between A's and
/// B's content is Data or Zero, where A counts as zeros beyond its virtual size. If the image was shorter in between, all that A had as data beyond the
/// smallest size differs or was recorded as changed; what A had as a hole there may stay unallocated, for it reads as zeros in A too.
/// If A's own file is not the direct backing file but lies deeper, with a shorter one between, the shorter one ends what shows through.
/// </para>
/// </remarks>
public sealed partial class Qcow2Layout
{
    private readonly ClusterIndex index;
    private readonly Qcow2Places places;
    private readonly byte[] header;

    /// <param name="virtualSize">Size of the image in bytes; rounded up to 512.</param>
    /// <param name="clusterBits">Binary logarithm of the cluster size, 12 to 21; see <see cref="Qcow2Limits"/>.</param>
    /// <param name="runs">Ascending and inside the image; what they leave out is unallocated. Copied.</param>
    /// <param name="backingName">Relative, beginning with ./ or ../, at most 1023 bytes; null for a standalone file. Its format is qcow2.</param>
    /// <exception cref="Qcow2Exception">Larger than QEMU reads, or a backing name that can't be one.</exception>
    /// <exception cref="ArgumentException">The runs overlap, don't ascend, or leave the image.</exception>
    public Qcow2Layout(long virtualSize, int clusterBits, IReadOnlyList<ClusterRun> runs, byte[]? backingName)
        : this(virtualSize, clusterBits, runs, backingName, -1, -1)
    {
    }

    /// <summary>With more room for data and L2 tables than they need; -1: what they need.</summary>
    internal Qcow2Layout(long virtualSize, int clusterBits, IReadOnlyList<ClusterRun> runs, byte[]? backingName, long dataRoom, long tableRoom)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(virtualSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(clusterBits, Qcow2Limits.MinClusterBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(clusterBits, Qcow2Limits.MaxClusterBits);
        if (virtualSize > Qcow2Limits.MaxSize(clusterBits))
            throw Qcow2Limits.TooLarge(virtualSize, clusterBits);
        if (backingName is not null)
            Qcow2Header.CheckName(backingName);
        VirtualSize = Qcow2Limits.RoundUp(virtualSize);
        ClusterBits = clusterBits;
        index = new ClusterIndex(runs, (VirtualSize + ClusterSize - 1) >> clusterBits, clusterBits - 3);
        places = new Qcow2Places(VirtualSize, clusterBits, dataRoom < 0 ? index.DataClusters : dataRoom, tableRoom < 0 ? index.Tables : tableRoom);
        header = Qcow2Header.Write(places, VirtualSize, clusterBits, backingName);
        AllocatedBytes = Length - HoleBytes();
    }

    /// <summary>Bytes of the image, a multiple of 512.</summary>
    public long VirtualSize { get; }

    public int ClusterBits { get; }

    public long ClusterSize => 1L << ClusterBits;

    /// <summary>Bytes of the file.</summary>
    public long Length => places.End << ClusterBits;

    /// <summary>Bytes of the file that are not holes: what it would take on a disk.</summary>
    public long AllocatedBytes { get; }

    /// <summary>Clusters whose content comes from the source.</summary>
    public long DataClusters => index.DataClusters;

    public long ZeroClusters => index.ZeroClusters;

    /// <summary>The runs as given, with neighbours of one kind joined and unallocated ones left out.</summary>
    public IEnumerable<ClusterRun> Runs
    {
        get
        {
            for (int i = 0; i < index.Runs; i++)
                yield return index.Run(i);
        }
    }

    internal ClusterIndex Index => index;

    internal Qcow2Places Places => places;

    /// <summary>
    /// Reads the file at any offset and length; fewer bytes only at its end. Data goes straight from the source to the buffer, in pieces as long as the runs
    /// are. An error is the source's; <paramref name="read"/> is 0 then.
    /// </summary>
    /// <typeparam name="TSource">A struct is not boxed.</typeparam>
    public FsError Read<TSource>(long offset, Span<byte> buffer, TSource source, out int read)
        where TSource : IClusterSource, allows ref struct
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        read = 0;
        if (offset >= Length)
            return FsError.None;
        if (buffer.Length > Length - offset)
            buffer = buffer[..(int)(Length - offset)];
        int done = 0;
        while (done < buffer.Length)
        {
            long position = offset + done;
            long cluster = position >> ClusterBits;
            int length;
            if (cluster >= Qcow2Places.Data && cluster < Qcow2Places.Data + index.DataClusters)
            {
                FsError error = ReadData(position, buffer[done..], source, out length);
                if (error != FsError.None)
                    return error;
            }
            else
            {
                length = ReadTables(position, buffer[done..]);
            }
            done += length;
        }
        read = done;
        return FsError.None;
    }

    /// <summary>From the data area, up to its end.</summary>
    private FsError ReadData<TSource>(long position, Span<byte> buffer, TSource source, out int length)
        where TSource : IClusterSource, allows ref struct
    {
        long within = position - (Qcow2Places.Data << ClusterBits);
        long total = index.DataClusters << ClusterBits;
        length = 0;
        int run = index.RunOfData(within >> ClusterBits);
        while (length < buffer.Length && within < total)
        {
            while (index.Kind(run) != ClusterKind.Data)
                run++;
            long guest = (index.First(run) << ClusterBits) + within - (index.DataBefore(run) << ClusterBits);
            int piece = (int)Math.Min((index.End(run) << ClusterBits) - guest, buffer.Length - length);
            Span<byte> part = buffer.Slice(length, piece);
            FsError error = source.Read(guest, part, out int got);
            if (error != FsError.None)
                return error;
            part[got..].Clear();
            length += piece;
            within += piece;
            run++;
        }
        return FsError.None;
    }
}
