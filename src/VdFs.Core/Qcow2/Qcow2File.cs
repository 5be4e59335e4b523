using VdFs.Core.Errors;

namespace VdFs.Core.Qcow2;

/// <summary>
/// A qcow2 file as <see cref="Qcow2Layout"/> and <see cref="Qcow2StreamWriter"/> make it, read again. Its header and tables are believed only as far as they are
/// what those two write: then no cluster lies outside, none is used twice, and memory stays within that of the runs. Anything else is refused in words
/// (qemu-img may be able to read it). A header that qemu-img wrote anew (<c>rebase -u</c>) is read.
/// </summary>
/// <remarks>The runs are in memory, 28 bytes each; any number of threads may read at once if the bytes' source lets them. Doesn't own that source.</remarks>
public sealed class Qcow2File
{
    private readonly IClusterSource bytes;
    private readonly Qcow2Layout layout;
    private readonly long fileLength;

    internal Qcow2File(string name, IClusterSource bytes, long fileLength, Qcow2Layout layout, byte[]? backingName) =>
        (Name, this.bytes, this.fileLength, this.layout, BackingName) = (name, bytes, fileLength, layout, backingName);

    /// <summary>For messages.</summary>
    public string Name { get; }

    public long VirtualSize => layout.VirtualSize;

    public int ClusterBits => layout.ClusterBits;

    /// <summary>As it stands in the header, relative to the file's own folder; null for a standalone file.</summary>
    public byte[]? BackingName { get; }

    /// <summary>Ascending; what is left out is unallocated.</summary>
    public IEnumerable<ClusterRun> Runs => layout.Runs;

    public long DataClusters => layout.DataClusters;

    public long ZeroClusters => layout.ZeroClusters;

    /// <summary>Reads header, L1 table and L2 tables, and believes nothing of them that it hasn't checked.</summary>
    /// <param name="bytes">The file's own bytes.</param>
    /// <param name="length">How many there are.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="Qcow2Exception">
    /// It is damaged, is none of ours, or can't be read. The only exception, whatever the file holds, beside what the source of its bytes throws.
    /// </exception>
    public static Qcow2File Open(IClusterSource bytes, long length, string name) => new Qcow2Reader(bytes, length, name).Open();

    /// <summary>What the file says of the cluster at an offset below its virtual size, and up to which offset that goes on.</summary>
    public ClusterKind KindAt(long offset, out long end)
    {
        long cluster = offset >> ClusterBits;
        ClusterIndex index = layout.Index;
        int run = index.RunAt(cluster);
        if (run == index.Runs)
        {
            end = VirtualSize;
            return ClusterKind.Unallocated;
        }
        bool inside = index.First(run) <= cluster;
        end = Math.Min(VirtualSize, (inside ? index.End(run) : index.First(run)) << ClusterBits);
        return inside ? index.Kind(run) : ClusterKind.Unallocated;
    }

    /// <summary>Reads data that the file holds itself: all of the range must lie in one run of data clusters. <see cref="FsError.Io"/> if the file is shorter than it was.</summary>
    internal FsError ReadData(long offset, Span<byte> buffer)
    {
        ClusterIndex index = layout.Index;
        int run = index.RunAt(offset >> ClusterBits);
        long position = ((Qcow2Places.Data + index.DataBefore(run) - index.First(run)) << ClusterBits) + offset;
        FsError error = bytes.Read(position, buffer, out int read);
        return error == FsError.None && read != buffer.Length ? FsError.Io : error;
    }

    /// <summary>
    /// Verifies what <see cref="Open"/> had no need to: that every table and refcount is what it has to be for these clusters, and the file no longer than they say.
    /// Content it can't verify, nor the one bit that tells a zero cluster from an unallocated one: that is what checksums of the whole file are for.
    /// </summary>
    /// <exception cref="Qcow2Exception">Something is not; the message says where.</exception>
    public void Verify()
    {
        if (fileLength != layout.Length)
            throw new Qcow2Exception(FsError.Io, $"'{Name}' is damaged: it has {fileLength} bytes and should have {layout.Length}");
        byte[] found = GC.AllocateUninitializedArray<byte>(1 << 18);
        byte[] expected = GC.AllocateUninitializedArray<byte>(found.Length);
        for (long at = (Qcow2Places.Data + layout.DataClusters) << ClusterBits; at < layout.Length; at += found.Length)
        {
            int length = (int)Math.Min(found.Length, layout.Length - at);
            // Tables need no source: it is not asked.
            _ = layout.Read(at, expected.AsSpan(0, length), bytes, out _);
            FsError error = bytes.Read(at, found.AsSpan(0, length), out int read);
            if (error != FsError.None)
                throw new Qcow2Exception(error, $"'{Name}' can't be read at byte {at}: {error}");
            int same = found.AsSpan(0, read).CommonPrefixLength(expected.AsSpan(0, length));
            if (same != length)
                throw new Qcow2Exception(FsError.Io, $"'{Name}' is damaged: its tables or refcounts are wrong at byte {at + same}");
        }
    }
}
