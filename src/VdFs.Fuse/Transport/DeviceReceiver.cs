using System.Diagnostics;
using System.Runtime.InteropServices;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Transport;

/// <summary>By read(2) and write(2): one request at a time, each answer at once. Works wherever FUSE does.</summary>
internal sealed unsafe class DeviceReceiver : IReceiver
{
    /// <summary>Header and struct of a WRITE: its data begins on a page.</summary>
    private const int BeforeData = 80;

    private const int RequestCapacity = BeforeData + Negotiation.MaxWrite + LockedMemory.Page;
    private const int RequestPages = LockedMemory.Page + Negotiation.MaxWrite + LockedMemory.Page;

    /// <summary>A read that took no longer than this (and the copying of its data) found its request waiting.</summary>
    private static readonly long AtOnce = Stopwatch.Frequency * 3 / 1_000_000;

    /// <summary>Data is copied at 4 bytes a nanosecond at least.</summary>
    private static readonly double CopyTicks = Stopwatch.Frequency / 4e9;

    private readonly int descriptor;
    private readonly LockedMemory memory = new(RequestPages + LockedMemory.Page + Negotiation.MaxWrite);
    private readonly byte* request;
    private readonly byte* room;
    private volatile bool busy;

    /// <summary>Of the request that was read and not given out; 0: there is none.</summary>
    private int length;

    public DeviceReceiver(int descriptor)
    {
        this.descriptor = descriptor;
        request = memory.Start + LockedMemory.Page - BeforeData;
        room = memory.Start + RequestPages + LockedMemory.Page;
    }

    public bool Waited { get; private set; }

    public bool HasMore => false;

    public bool IsBusy => busy;

    /// <inheritdoc/>
    /// <remarks>To look would cost a system call each time.</remarks>
    public long SpinLimit { get; set; }

    public int Receive()
    {
        busy = false;
        long began = Stopwatch.GetTimestamp();
        nint result = FuseLibc.read(descriptor, request, RequestCapacity);
        int errno = result >= 0 ? 0 : Marshal.GetLastSystemError();
        busy = true;
        if (errno == 0)
        {
            Waited = Stopwatch.GetTimestamp() - began > AtOnce + (long)(result * CopyTicks);
            length = (int)result;
            return 0;
        }
        Waited = true;
        // Somebody made the descriptor non-blocking.
        if (errno == Errno.EAGAIN)
            Wait();
        return -errno;
    }

    public bool TryNext(out RequestInHand next)
    {
        next = new RequestInHand(request, length, room, Negotiation.MaxWrite);
        bool any = length > 0;
        length = 0;
        return any;
    }

    public int Answer(int length)
    {
        nint result = FuseLibc.write(descriptor, room - sizeof(FuseOutHeader), (nuint)length);
        return result >= 0 ? 0 : -Marshal.GetLastSystemError();
    }

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

    private void Wait()
    {
        busy = false;
        var poll = new FuseLibc.PollFd { Fd = descriptor, Events = FuseLibc.PollIn };
        _ = FuseLibc.poll(&poll, 1, -1);
    }
}
