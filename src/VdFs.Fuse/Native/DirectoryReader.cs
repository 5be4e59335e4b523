using System.Buffers;
using VdFs.Core.Errors;

namespace VdFs.Fuse.Native;

/// <summary>Reads a directory's entries from an open descriptor, one getdents64(2) per 32 KiB. For one thread; gives its buffer back on disposal.</summary>
internal sealed unsafe class DirectoryReader : IDisposable
{
    private const int BufferSize = 32 << 10;

    private readonly byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int filled;
    private int position;

    /// <summary>
    /// The entry at the reader's place, reading on when needed; <paramref name="found"/> is false at the end. It stays the current one,
    /// and valid, until <see cref="Advance"/>.
    /// </summary>
    public FsError Peek(int directory, out DirectoryEntry entry, out bool found)
    {
        entry = default;
        found = false;
        while (position >= filled)
        {
            nint count;
            fixed (byte* start = buffer)
                count = Libc.getdents64(directory, start, BufferSize);
            if (count == 0)
                return FsError.None;
            if (count > 0)
            {
                filled = (int)count;
                position = 0;
                continue;
            }
            FsError error = Libc.LastError;
            if (error != FsError.Interrupted)
                return error;
        }
        entry = new DirectoryEntry(buffer.AsSpan(position, filled - position));
        found = true;
        return FsError.None;
    }

    public void Advance(in DirectoryEntry entry) => position += entry.Size;

    /// <summary>Forgets what was read ahead, after a seek.</summary>
    public void Clear() => position = filled = 0;

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);
}
