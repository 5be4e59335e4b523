using System.Runtime.InteropServices;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Transport;

/// <summary>
/// Native memory that begins on a page: nothing moves it. Touched, and locked where the limits allow it: a process that is killed while the kernel copies a request
/// to memory that isn't there completes that request with EIO (fs/fuse/dev.c, fuse_dev_do_read), and so with an answer.
/// </summary>
public sealed unsafe class LockedMemory : IDisposable
{
    public const int Page = 4096;

    private readonly nuint size;
    private byte* start;

    /// <param name="bytes">More than 0.</param>
    public LockedMemory(int bytes)
    {
        size = (nuint)bytes;
        start = (byte*)NativeMemory.AlignedAlloc(size, Page);
        NativeMemory.Clear(start, size);
        _ = FuseLibc.mlock(start, size);
    }

    public byte* Start => start;

    public void Dispose()
    {
        if (start == null)
            return;
        _ = FuseLibc.munlock(start, size);
        NativeMemory.AlignedFree(start);
        start = null;
    }
}
