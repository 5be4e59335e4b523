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
    private volatile bool busy;

    private RingReceiver(IoUring ring, int descriptor)
    {
        this.ring = ring;
        this.descriptor = descriptor;
        current = slots[0] = new RingSlot(0);
    }

    public byte* Request => current.Request;

    public byte* Room => IsSmall ? current.Room : largeAnswer.Start + LockedMemory.Page;

    public int Capacity => IsSmall ? RingSlot.SmallAnswer : Negotiation.MaxWrite;

    public bool Waited { get; private set; } = true;

    public bool HasMore => inHand.Count > 0;

    public bool IsBusy => busy;

    public long SpinLimit { get; set; }

    /// <summary>The answer is a small one, and holds nothing that would have to be taken back if the kernel doesn't want it.</summary>
    private bool IsSmall
    {
        get
        {
            var header = (FuseInHeader*)current.Request;
            return header->Opcode == FuseOpcode.Write || (header->Opcode == FuseOpcode.Read
                && current.RequestLength >= sizeof(FuseInHeader) + sizeof(FuseReadIn) && ((FuseReadIn*)(header + 1))->Size <= RingSlot.SmallAnswer);
        }
    }

    /// <param name="descriptor">With O_NONBLOCK. The caller's.</param>
    /// <returns>Null if the kernel has no ring for this thread.</returns>
    public static RingReceiver? TryOpen(int descriptor) =>
        IoUring.TryCreate(RingSize, out _) is { } ring ? new RingReceiver(ring, descriptor) : null;

    public int Receive()
    {
        current.EndServing();
        while (true)
        {
            while (inHand.TryDequeue(out int next))
            {
                // Another thread may have taken it over.
                if (!slots[next]!.TryBegin())
                    continue;
                current = slots[next]!;
                return current.RequestLength;
            }
            if (end != 0 || failures.Count > 0)
                return -end;
            int errno = Round();
            if (errno != 0)
                return -errno;
        }
    }

    public int Answer(int length)
    {
        if (IsSmall)
        {
            current.KeepAnswer(length);
            kept.Enqueue(current.Number);
            return 0;
        }
        nint result = FuseLibc.write(descriptor, Room - sizeof(FuseOutHeader), (nuint)length);
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

    public void NoteServed(long ticks) => depth.NoteServed(ticks);

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
}
