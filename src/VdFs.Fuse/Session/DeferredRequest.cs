using System.Runtime.InteropServices;

namespace VdFs.Fuse.Session;

/// <summary>
/// A copy of a request, of exactly its size, in native memory. Whoever takes it from the slow lane's queue frees it, or hands it on to
/// <see cref="WaitingRequests"/>.
/// </summary>
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

    private DeferredRequest(in DeferredRequest other, long waitsSince, bool waitsNoLonger)
    {
        Queue = other.Queue;
        length = other.length;
        data = other.data;
        WaitsSince = waitsSince;
        WaitsNoLonger = waitsNoLonger;
    }

    /// <summary>Timestamp of when it began to wait for room; 0: it never did.</summary>
    public long WaitsSince { get; }

    /// <summary>It waited for room for as long as it may.</summary>
    public bool WaitsNoLonger { get; }

    /// <summary>The queue that it came from and its answer goes to.</summary>
    public int Queue { get; }

    public byte* Start => data;

    public ReadOnlySpan<byte> Request => new(data, length);

    /// <summary>The same memory; this one is not to be used any more.</summary>
    public DeferredRequest Waiting(long since, bool noLonger) => new(this, since, noLonger);

    public void Free() => NativeMemory.Free(data);
}
