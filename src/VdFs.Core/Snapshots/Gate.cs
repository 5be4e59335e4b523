using System.Diagnostics;

namespace VdFs.Core.Snapshots;

/// <summary>
/// Stands before every write and every change of a name or attribute. A cut closes it, waits until nothing is inside, does its
/// work and opens it again: that is the one instant which all images of a snapshot share.
/// </summary>
/// <remarks>
/// <para>What must hold: between <see cref="Close"/> returning true and <see cref="Open"/>, no thread is between a successful
/// <see cref="TryEnter"/> and its <see cref="Leave"/>.</para>
/// <para>Why it holds: entering sets the thread's slot odd and then looks at <c>closed</c>; closing sets <c>closed</c>, has every
/// core pass a memory barrier, and then looks at the slots. Whichever comes second sees the other. The barrier is paid by the
/// closer (membarrier(2) below <see cref="Interlocked.MemoryBarrierProcessWide"/>), so that entering needs no fence.</para>
/// <para>A thread that waits for the gate is outside of it. Nothing that is inside may wait for a cut, or for one that is outside.</para>
/// </remarks>
public sealed class Gate : IDisposable
{
    private readonly Lock slotsLock = new();
    private readonly ManualResetEventSlim opened = new(initialState: true);
    private volatile GateSlot[] slots = [];
    private volatile bool closed;

    /// <summary>Called by a thread in place of waiting here, again and again until it need not wait: for threads whose turns a test decides. Null: it waits.</summary>
    internal Action? Pause { get; set; }

    /// <summary>Nothing is inside, or soon won't be.</summary>
    public bool IsClosed => closed;

    /// <summary>A place for one more thread. Kept until <see cref="RemoveSlot"/>.</summary>
    public GateSlot AddSlot()
    {
        lock (slotsLock)
        {
            var slot = new GateSlot();
            slots = [.. slots, slot];
            return slot;
        }
    }

    public void RemoveSlot(GateSlot slot)
    {
        lock (slotsLock)
            slots = [.. slots.Where(s => s != slot)];
    }

    /// <summary>Goes inside, unless the gate is closed. Costs two plain writes and a read. Not reentrant.</summary>
    public bool TryEnter(GateSlot slot)
    {
        ref long passages = ref slot.Value.Passages;
        Volatile.Write(ref passages, passages + 1);
        // No store-load fence here: Close() pays for it on behalf of all threads. The compiler keeps volatile accesses in order.
        if (!closed)
            return true;
        Volatile.Write(ref passages, passages + 1);
        return false;
    }

    /// <summary>Goes inside as soon as the gate is open. Only for threads that may wait.</summary>
    public void Enter(GateSlot slot)
    {
        while (!TryEnter(slot))
        {
            if (Pause is { } pause)
                pause();
            else
                opened.Wait();
        }
    }

    public void Leave(GateSlot slot)
    {
        ref long passages = ref slot.Value.Passages;
        Debug.Assert((passages & 1) == 1, "left a gate that was not entered");
        Volatile.Write(ref passages, passages + 1);
    }

    /// <summary>
    /// Closes the gate and waits until nothing is inside. False: something stayed inside for longer than <paramref name="limit"/>, and the
    /// gate is open again. One closer at a time; the caller sees to that.
    /// </summary>
    public bool Close(TimeSpan limit)
    {
        opened.Reset();
        closed = true;
        Interlocked.MemoryBarrierProcessWide();
        if (WaitForPassages(limit))
            return true;
        Open();
        return false;
    }

    public void Open()
    {
        closed = false;
        opened.Set();
    }

    /// <summary>
    /// Waits until every operation that was inside when this was called has left; the gate stays open. Whoever enters afterwards sees
    /// all that was written before the call. False after <paramref name="limit"/>.
    /// </summary>
    public bool Quiesce(TimeSpan limit)
    {
        Interlocked.MemoryBarrierProcessWide();
        return WaitForPassages(limit);
    }

    private bool WaitForPassages(TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (GateSlot slot in slots)
        {
            long seen = Volatile.Read(ref slot.Value.Passages);
            if ((seen & 1) == 0)
                continue;
            var spin = new SpinWait();
            while (Volatile.Read(ref slot.Value.Passages) == seen)
            {
                if (Stopwatch.GetElapsedTime(start) > limit)
                    return false;
                if (Pause is { } pause)
                    pause();
                else
                    spin.SpinOnce(sleep1Threshold: 40);
            }
        }
        return true;
    }

    public void Dispose() => opened.Dispose();
}
