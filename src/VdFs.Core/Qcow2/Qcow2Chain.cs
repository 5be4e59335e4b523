using VdFs.Core.Errors;

namespace VdFs.Core.Qcow2;

/// <summary>
/// A file and those behind it, read as QEMU reads them: the first file from the newest on that has a cluster gives it; beyond the virtual size of a file that
/// is passed through, and behind the last one, are zeros. So a file that was shorter in between hides what lies deeper.
/// </summary>
/// <remarks>No state: any number of threads may read at once if the files' sources let them. Reading allocates nothing.</remarks>
public sealed class Qcow2Chain : IClusterSource
{
    private readonly Qcow2File[] files;

    /// <param name="newestFirst">Each one's backing file comes next; that its name fits is the caller's to see to.</param>
    /// <exception cref="Qcow2Exception">A file is missing behind the last, or one that needs none has another behind it.</exception>
    public Qcow2Chain(IReadOnlyList<Qcow2File> newestFirst)
    {
        ArgumentOutOfRangeException.ThrowIfZero(newestFirst.Count);
        files = [.. newestFirst];
        for (int i = 0; i < files.Length; i++)
        {
            if (files[i].BackingName is not null == (i == files.Length - 1))
            {
                throw new Qcow2Exception(FsError.NotFound, files[i].BackingName is { } missing
                    ? $"'{files[i].Name}' needs its backing file '{System.Text.Encoding.UTF8.GetString(missing)}', which is missing"
                    : $"'{files[i].Name}' stands alone, and '{files[i + 1].Name}' can't be its backing file");
            }
        }
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<Qcow2File> Files => files;

    /// <summary>That of the newest file.</summary>
    public long VirtualSize => files[0].VirtualSize;

    /// <summary>The image as the newest file shows it.</summary>
    public FsError Read(long offset, Span<byte> buffer, out int read)
    {
        read = 0;
        if (offset >= VirtualSize)
            return FsError.None;
        if (buffer.Length > VirtualSize - offset)
            buffer = buffer[..(int)(VirtualSize - offset)];
        int done = 0;
        while (done < buffer.Length)
        {
            int file = Find(offset + done, offset + buffer.Length, 0, files.Length, out ClusterKind kind, out long end);
            Span<byte> part = buffer.Slice(done, (int)(end - offset) - done);
            if (kind == ClusterKind.Data)
            {
                FsError error = files[file].ReadData(offset + done, part);
                if (error != FsError.None)
                    return error;
            }
            else
            {
                part.Clear();
            }
            done += part.Length;
        }
        read = done;
        return FsError.None;
    }

    /// <summary>
    /// Whether there is data at an offset below the virtual size (Data), or zeros that no file holds as data (Zero, Unallocated: nobody said anything),
    /// and up to where that goes on, at least.
    /// </summary>
    public ClusterKind KindAt(long offset, out long end)
    {
        _ = Find(offset, VirtualSize, 0, files.Length, out ClusterKind kind, out end);
        return kind;
    }

    /// <summary>
    /// The file, among those from <paramref name="from"/> up to but without <paramref name="to"/>, that decides what an offset reads as, and up to where it does
    /// so. Beyond a file's virtual size that file decides, for zeros. Unallocated: none does, and the number is <paramref name="to"/>.
    /// </summary>
    internal int Find(long offset, long limit, int from, int to, out ClusterKind kind, out long end)
    {
        end = limit;
        for (int file = from; file < to; file++)
        {
            if (offset >= files[file].VirtualSize)
            {
                kind = ClusterKind.Zero;
                return file;
            }
            kind = files[file].KindAt(offset, out long next);
            end = Math.Min(end, next);
            if (kind != ClusterKind.Unallocated)
                return file;
        }
        kind = ClusterKind.Unallocated;
        return to;
    }
}
