using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Transport;

/// <summary>
/// By an io_uring on the device: one system call takes several answers to the kernel and brings several requests, and wakes a client once for several
/// answers. Made and used by one thread. What it was given and didn't answer is sent again to a successor as that of read(2) is: the kernel keeps it with
/// the descriptor, which somebody else holds too.
/// </summary>
/// <remarks>
/// <para>What must hold: a request in hand is served by this thread, or handed on by <see cref="Relieve"/>, and never both (the state of its
/// <see cref="RingSlot"/> sees to that); nothing stays asked for while this thread is to do something else (<see cref="StopAsking"/>), since what arrives for it would wait.</para>
/// <para>The device's descriptor has O_NONBLOCK: the ring then waits for requests by polling it, and not with a thread of the kernel's that blocks.</para>
/// <para>Only answers to READ and WRITE are kept back: both can be sent again by the kernel, and done again, should this process die in between.</para>
/// </remarks>
internal sealed unsafe partial class RingReceiver : IReceiver
{
    private readonly IoUring ring;
    private readonly int descriptor;
    private readonly RingSlot?[] slots = new RingSlot?[AskingDepth.Most];
    private readonly LockedMemory largeAnswer = new(LockedMemory.Page + Negotiation.MaxWrite);
    private readonly Queue<(FuseInHeader Request, int Errno)> failures = new();
    private RingSlot current;
    private FuseInHeader failed;

    /// <summary>What the answer to the current one is: <see cref="IsSmall"/>.</summary>
    private bool small;
    private volatile bool busy;

    private RingReceiver(IoUring ring, int descriptor)
    {
        this.ring = ring;
        this.descriptor = descriptor;
        current = slots[0] = new RingSlot(0);
    }

    public bool Waited { get; private set; } = true;

    public bool HasMore => inHand.Count > 0;

    public bool IsBusy => busy;

    public long SpinLimit { get; set; }

    private byte* LargeRoom => largeAnswer.Start + LockedMemory.Page;

    /// <param name="descriptor">With O_NONBLOCK. The caller's.</param>
    /// <returns>Null if the kernel has no ring for this thread.</returns>
    public static RingReceiver? TryOpen(int descriptor) =>
        IoUring.TryCreate(RingSize, out _) is { } ring ? new RingReceiver(ring, descriptor) : null;

    public int Receive()
    {
        while (!HasMore && failures.Count == 0)
        {
            int errno = end == 0 ? MakeRound() : end;
            if (errno != 0)
                return -errno;
        }
        return 0;
    }

    public bool TryNext(out RequestInHand next)
    {
        current.EndServing();
        while (inHand.TryDequeue(out int number))
        {
            current = slots[number]!;
            // Another thread may have taken it over.
            if (!current.TryBegin())
                continue;
            small = IsSmall(current);
            next = small
                ? new RequestInHand(current.Request, current.RequestLength, current.Room, RingSlot.SmallAnswer)
                : new RequestInHand(current.Request, current.RequestLength, LargeRoom, Negotiation.MaxWrite);
            return true;
        }
        next = default;
        return false;
    }

    public int Answer(int length)
    {
        if (small)
        {
            current.KeepAnswer(length);
            kept.Enqueue(current.Number);
            return 0;
        }
        nint result = FuseLibc.write(descriptor, LargeRoom - sizeof(FuseOutHeader), (nuint)length);
        return result >= 0 ? 0 : -Libc.LastErrno;
    }

    public bool TryTakeFailure(out byte* header, out int errno)
    {
        bool any = failures.TryDequeue(out (FuseInHeader Request, int Errno) next);
        failed = next.Request;
        errno = next.Errno;
        header = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref failed);
        return any;
    }

    public void NoteServed(int requests, long ticks) => depth.NoteServed(requests, ticks);

    public void Relieve(IRelief relief)
    {
        foreach (RingSlot? slot in slots)
        {
            if (slot is null)
                continue;
            if (slot.TryTakeOverRequest())
            {
                relief.Take(new ReadOnlySpan<byte>(slot.Request, slot.RequestLength));
                slot.Release();
            }
            else if (slot.TryTakeOverAnswer())
            {
                _ = FuseLibc.write(descriptor, slot.AnswerStart, (nuint)slot.AnswerLength);
                slot.Release();
            }
        }
    }

    public void Dispose()
    {
        StopAsking();
        ring.Dispose();
        foreach (RingSlot? slot in slots)
            slot?.Dispose();
        largeAnswer.Dispose();
    }

    /// <summary>Whether the answer will be a small one, and hold nothing that would have to be taken back if the kernel doesn't want it.</summary>
    private static bool IsSmall(RingSlot slot)
    {
        var header = (FuseInHeader*)slot.Request;
        int length = slot.RequestLength - sizeof(FuseInHeader);
        return header->Opcode switch
        {
            FuseOpcode.Write or FuseOpcode.Lseek or FuseOpcode.Getattr or FuseOpcode.Statx => true,
            FuseOpcode.Read => length >= sizeof(FuseReadIn) && ((FuseReadIn*)(header + 1))->Size <= RingSlot.SmallAnswer,
            FuseOpcode.Getxattr or FuseOpcode.Listxattr => length >= sizeof(FuseGetxattrIn) && ((FuseGetxattrIn*)(header + 1))->Size <= RingSlot.SmallAnswer,
            _ => false,
        };
    }
}
