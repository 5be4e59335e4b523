using VdFs.Core.Errors;

namespace VdFs.Fuse.Native;

/// <summary>
/// Memory that outlives the process in its descriptor: a memfd, mapped shared, readable and writable. Who holds the descriptor (a supervisor)
/// can give it to a later worker, which adopts it. Its size is sealed, so that nobody can cut it off under who uses it. Page-aligned, zero at first, taking room as it is touched.
/// </summary>
public sealed unsafe class SharedRegion : IDisposable
{
    private byte* pointer;

    private SharedRegion(int descriptor, byte* pointer, long length)
    {
        FileDescriptor = descriptor;
        this.pointer = pointer;
        Length = length;
    }

    /// <summary>Valid until disposal; using it afterwards is an access to freed memory.</summary>
    public byte* Pointer => pointer;

    /// <summary>In bytes.</summary>
    public long Length { get; }

    /// <summary>Owned by the region; close-on-exec. Who wants to keep it duplicates it.</summary>
    public int FileDescriptor { get; }

    /// <param name="name">ASCII, for people who look at /proc/PID/fd.</param>
    /// <param name="length">In bytes, above 0.</param>
    public static FsError Create(string name, long length, out SharedRegion? region)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        region = null;
        byte* terminated = stackalloc byte[FileName.BufferSize];
        int size = System.Text.Encoding.ASCII.GetBytes(name, new Span<byte>(terminated, FileName.BufferSize - 1));
        terminated[size] = 0;
        int descriptor = Libc.memfd_create(terminated, Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        if (descriptor < 0)
            return Libc.LastError;
        FsError error = Libc.Check(Libc.ftruncate(descriptor, length));
        if (error == FsError.None)
            error = Libc.Check(Libc.fcntl(descriptor, Libc.F_ADD_SEALS, Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW));
        if (error == FsError.None)
            error = Map(descriptor, length, out region);
        if (error != FsError.None)
            _ = Libc.close(descriptor);
        return error;
    }

    /// <summary>Maps what a former worker created. Takes ownership of the descriptor, on success only.</summary>
    public static FsError Adopt(int descriptor, out SharedRegion? region)
    {
        region = null;
        byte empty = 0;
        StatxBuffer stat;
        FsError error = Libc.Check(Libc.statx(descriptor, &empty, Libc.AT_EMPTY_PATH, Libc.STATX_ALL, &stat));
        if (error != FsError.None)
            return error;
        return stat.Size > 0 ? Map(descriptor, (long)stat.Size, out region) : FsError.InvalidArgument;
    }

    public void Dispose()
    {
        if (pointer == null)
            return;
        _ = Libc.munmap(pointer, (nint)Length);
        _ = Libc.close(FileDescriptor);
        pointer = null;
    }

    private static FsError Map(int descriptor, long length, out SharedRegion? region)
    {
        region = null;
        void* address = Libc.mmap(null, (nint)length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, descriptor, 0);
        if ((nint)address == -1)
            return Libc.LastError;
        region = new SharedRegion(descriptor, (byte*)address, length);
        return FsError.None;
    }
}
