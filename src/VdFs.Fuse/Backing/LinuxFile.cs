using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <summary>
/// An open regular file: positional system calls on one descriptor, nothing in between. Interrupted calls are repeated, short ones
/// continued. Used after disposal, every operation answers <see cref="FsError.BadHandle"/>.
/// </summary>
public sealed unsafe partial class LinuxFile : IBackingFile
{
    private readonly Descriptor descriptor;

    /// <summary>Takes ownership of an open descriptor.</summary>
    public LinuxFile(int descriptor) => this.descriptor = new Descriptor(descriptor);

    /// <summary>From here on its descriptor may be closed while nobody uses it. At most once, and before others have it.</summary>
    internal void LetRest(IDescriptorSource source, IdleDescriptors pool) => descriptor.LetRest(source, pool);

    public FsError Read(long offset, Span<byte> buffer, out int read)
    {
        read = 0;
        if (!descriptor.TryEnter(out int file, out FsError refused))
            return refused;
        FsError error = FsError.None;
        fixed (byte* start = buffer)
        {
            while (read < buffer.Length)
            {
                nint count = Libc.pread(file, start + read, buffer.Length - read, offset + read);
                if (count > 0)
                {
                    read += (int)count;
                    continue;
                }
                if (count == 0)
                    break;
                error = Libc.LastError;
                if (error != FsError.Interrupted)
                    break;
                error = FsError.None;
            }
        }
        descriptor.Exit();
        return error;
    }

    public FsError Write(long offset, ReadOnlySpan<byte> data, out int written) =>
        Write(offset, data, WriteDurability.None, out written);

    public FsError Write(long offset, ReadOnlySpan<byte> data, WriteDurability durability, out int written)
    {
        written = 0;
        if (!descriptor.TryEnter(out int file, out FsError refused))
            return refused;
        FsError error = FsError.None;
        fixed (byte* start = data)
        {
            while (written < data.Length)
            {
                nint count = WriteOnce(file, start + written, data.Length - written, offset + written, durability);
                if (count > 0)
                {
                    written += (int)count;
                    continue;
                }
                // A write of something that answers nothing isn't an outcome that POSIX knows; going on could be for ever.
                error = count == 0 ? FsError.Io : Libc.LastError;
                if (error != FsError.Interrupted)
                    break;
                error = FsError.None;
            }
        }
        descriptor.Exit();
        return error;
    }

    public FsError Sync(bool dataOnly)
    {
        if (!descriptor.TryEnter(out int file, out FsError refused))
            return refused;
        FsError error;
        do
            error = Libc.Check(dataOnly ? Libc.fdatasync(file) : Libc.fsync(file));
        while (error == FsError.Interrupted);
        descriptor.Exit();
        return error;
    }

    public FsError GetLength(out long length)
    {
        FsError error = Stat(out StatxBuffer stat);
        length = error == FsError.None ? (long)stat.Size : 0;
        return error;
    }

    public FsError GetAttributes(out FileAttributes attributes)
    {
        FsError error = Stat(out StatxBuffer stat);
        stat.CopyTo(out attributes);
        return error;
    }

    public FsError SetLength(long length)
    {
        if (!descriptor.TryEnter(out int file, out FsError refused))
            return refused;
        FsError error;
        do
            error = Libc.Check(Libc.ftruncate(file, length));
        while (error == FsError.Interrupted);
        descriptor.Exit();
        return error;
    }

    public FsError PunchHole(long offset, long length) =>
        Allocate(AllocateMode.PunchHole | AllocateMode.KeepSize, offset, length);

    public FsError Allocate(AllocateMode mode, long offset, long length)
    {
        if (!descriptor.TryEnter(out int file, out FsError refused))
            return refused;
        FsError error;
        do
            error = Libc.Check(Libc.fallocate(file, (int)mode, offset, length));
        while (error == FsError.Interrupted);
        descriptor.Exit();
        return error;
    }

    public FsError SeekData(long offset, out long data) => Seek(offset, Libc.SEEK_DATA, out data);

    public FsError SeekHole(long offset, out long hole) => Seek(offset, Libc.SEEK_HOLE, out hole);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The source isn't a <see cref="LinuxFile"/>.</exception>
    public FsError CopyFrom(IBackingFile source, long sourceOffset, long offset, long length, out long copied)
    {
        copied = 0;
        if (source is not LinuxFile from)
            throw new ArgumentException("must be a file of the same implementation", nameof(source));
        if (!from.descriptor.TryEnter(out int sourceFile, out FsError error))
            return error;
        if (descriptor.TryEnter(out int file, out error))
        {
            do
            {
                long sourcePosition = sourceOffset, position = offset;
                copied = Libc.copy_file_range(sourceFile, &sourcePosition, file, &position, (nint)length, 0);
                error = copied >= 0 ? FsError.None : Libc.LastError;
            }
            while (error == FsError.Interrupted);
            copied = Math.Max(copied, 0);
            descriptor.Exit();
        }
        from.descriptor.Exit();
        return error;
    }

    public void Dispose() => descriptor.Dispose();

    /// <summary>The descriptor, which stays open until <see cref="Exit"/>. False once disposed of; then there is nothing to exit.</summary>
    internal bool TryEnter(out int file) => descriptor.TryEnter(out file);

    internal void Exit() => descriptor.Exit();

    /// <summary>Whether the file can be read with O_DIRECT. Not while others read by it: it is tried.</summary>
    internal bool TakesDirect()
    {
        if (!descriptor.TryEnter(out int file))
            return false;
        int flags = Libc.fcntl(file, Libc.F_GETFL, 0);
        bool takes = flags >= 0 && Libc.fcntl(file, Libc.F_SETFL, flags | Libc.O_DIRECT) == 0;
        if (takes)
            _ = Libc.fcntl(file, Libc.F_SETFL, flags);
        descriptor.Exit();
        return takes;
    }

    private static nint WriteOnce(int file, byte* data, int length, long offset, WriteDurability durability)
    {
        if (durability == WriteDurability.None)
            return Libc.pwrite(file, data, length, offset);
        IoVector vector = new() { Base = data, Length = length };
        int flags = durability == WriteDurability.Data ? Libc.RWF_DSYNC : Libc.RWF_SYNC;
        return Libc.pwritev2(file, &vector, 1, offset, flags);
    }

    private FsError Seek(long offset, int whence, out long result)
    {
        result = 0;
        if (!descriptor.TryEnter(out int file, out FsError refused))
            return refused;
        // This moves the descriptor's file position, which nothing reads.
        long position = Libc.lseek(file, offset, whence);
        FsError error = position >= 0 ? FsError.None : Libc.LastError;
        if (error == FsError.None)
            result = position;
        descriptor.Exit();
        return error;
    }

    private FsError Stat(out StatxBuffer result)
    {
        result = default;
        if (!descriptor.TryEnter(out int file, out FsError refused))
            return refused;
        byte empty = 0;
        FsError error;
        fixed (StatxBuffer* stat = &result)
            error = Libc.Check(Libc.statx(file, &empty, Libc.AT_EMPTY_PATH, Libc.STATX_ALL, stat));
        descriptor.Exit();
        return error;
    }
}
