using System.Runtime.InteropServices;

namespace VdFs.PosixProbe.Native;

/// <summary>One page of memory that begins where a page begins, as direct I/O asks for.</summary>
internal sealed unsafe class AlignedPage : IDisposable
{
    private const int Size = 4096;
    private byte* start = (byte*)NativeMemory.AlignedAlloc(Size, Size);

    public AlignedPage() => new Span<byte>(start, Size).Fill(1);

    /// <summary>Writes the page at an offset; the result, or the negative errno.</summary>
    public long WriteTo(long fd, long offset) => Posix.Result(Libc.PwriteAt((int)fd, (nint)start, Size, offset));

    public void Dispose()
    {
        NativeMemory.AlignedFree(start);
        start = null;
    }
}
