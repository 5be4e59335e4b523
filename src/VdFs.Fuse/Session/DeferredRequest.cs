using System.Runtime.InteropServices;

namespace VdFs.Fuse.Session;

/// <summary>A copy of a request, of exactly its size, in native memory. Whoever takes it from the slow lane's queue frees it.</summary>
internal readonly unsafe struct DeferredRequest
{
    private readonly byte* data;
    private readonly int length;

    public DeferredRequest(int queue, ReadOnlySpan<byte> request)
    {
        Queue = queue;
        length = request.Length;
        data = (byte*)NativeMemory.Alloc((nuint)length);
        request.CopyTo(new Span<byte>(data, length));
    }

    /// <summary>The queue that it came from and its answer goes to.</summary>
    public int Queue { get; }

    public byte* Start => data;

    public ReadOnlySpan<byte> Request => new(data, length);

    public void Free() => NativeMemory.Free(data);
}
