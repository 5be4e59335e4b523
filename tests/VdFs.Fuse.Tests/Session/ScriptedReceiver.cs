using VdFs.Fuse.Native;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Tests.Session;

/// <summary>One thread's part of a <see cref="ScriptedTransport"/>.</summary>
internal sealed unsafe class ScriptedReceiver(ScriptedTransport transport) : IReceiver
{
    private const int Largest = 1 << 20;

    private readonly LockedMemory memory = new(2 * (Largest + (2 * LockedMemory.Page)));
    private volatile bool busy;
    private byte[]? next;

    /// <summary>80 bytes before a page: the data of a WRITE begins there.</summary>
    private byte* Request => memory.Start + LockedMemory.Page - 80;

    private byte* Room => memory.Start + Largest + (3 * LockedMemory.Page);

    public bool Waited => false;

    public bool HasMore => false;

    public bool IsBusy => busy;

    public long SpinLimit { get; set; }

    public int Receive()
    {
        busy = false;
        next = transport.Next();
        busy = true;
        return next is null ? -Errno.ENODEV : 0;
    }

    public bool TryNext(out RequestInHand inHand)
    {
        inHand = default;
        if (next is null)
            return false;
        next.CopyTo(new Span<byte>(Request, Largest));
        inHand = new RequestInHand(Request, next.Length, Room, Largest);
        next = null;
        return true;
    }

    public int Answer(int length) => transport.Send(0, Room - sizeof(FuseOutHeader), length);

    public void Flush() => busy = false;

    public bool TryTakeFailure(out byte* header, out int errno)
    {
        header = null;
        errno = 0;
        return false;
    }

    public void StopAsking()
    {
    }

    public void NoteServed(int requests, long ticks)
    {
    }

    public void Relieve(IRelief relief)
    {
    }

    public void Dispose() => memory.Dispose();
}
