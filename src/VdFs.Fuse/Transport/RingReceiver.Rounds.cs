using System.Diagnostics;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Transport;

/// <content>What goes to the kernel and comes from it: rounds, in each of which answers go out before requests come in.</content>
internal sealed unsafe partial class RingReceiver
{
    private const uint RingSize = 64;
    private const ulong AnswerTag = 1UL << 32;
    private const ulong CancelTag = 1UL << 33;

    /// <summary>While requests come one by one, one round in so many looks whether the next one is there already, which costs a system call more.</summary>
    private const int LookEvery = 32;

    private readonly Queue<int> inHand = new(AskingDepth.Most);
    private readonly Queue<int> kept = new(AskingDepth.Most);
    private readonly AskingDepth depth = new();
    private readonly Spinning spinning = new();
    private int asked;
    private uint rounds;

    /// <summary>The errno that ended the connection; 0: none did.</summary>
    private int end;

    public void Flush()
    {
        SendKept();
        if (ring.Queued > 0)
            _ = ring.Enter(wait: false);
        Reap();
        busy = HasMore;
    }

    public void StopAsking()
    {
        SendKept();
        if (asked > 0)
            ring.AddCancelAll(CancelTag);
        int errno = 0;
        while ((asked > 0 || ring.Queued > 0) && IsPassing(errno))
        {
            errno = ring.Enter(wait: asked > 0);
            Reap();
        }
    }

    /// <summary>Answers out, requests in. Nothing is in hand before.</summary>
    /// <returns>0 or an errno.</returns>
    private int MakeRound()
    {
        SendKept();
        while (!Ask())
            Thread.Yield();
        bool spin = SpinLimit > 0 && spinning.IsWorthwhile();
        bool look = spin || !Waited || depth.Now > 1 || ++rounds % LookEvery == 0;
        // Answers that this round takes along may be lost with the process from here on: their requests are then sent again.
        busy = false;
        int errno = ring.Enter(wait: !look);
        Waited = !look || !ring.HasCompletion;
        if (look && Waited && IsPassing(errno))
        {
            if (spin)
                Spin();
            if (!ring.HasCompletion)
                errno = ring.Enter(wait: true);
        }
        int found = Reap();
        depth.NoteFound(Waited ? 0 : found);
        return IsPassing(errno) ? 0 : errno;
    }

    private static bool IsPassing(int errno) => errno is 0 or Errno.EINTR or Errno.EAGAIN or Errno.EBUSY;

    private void SendKept()
    {
        while (kept.TryDequeue(out int next))
        {
            RingSlot slot = slots[next]!;
            if (slot.TryTakeAnswer())
                ring.Add(IoUringOperation.Write, descriptor, slot.AnswerStart, (uint)slot.AnswerLength, AnswerTag | (uint)next, IoUringEntryFlags.SkipSuccess);
        }
    }

    /// <summary>Asks for as many requests as are to be in hand at most.</summary>
    /// <returns>False: for none, since another thread is still at all that were there.</returns>
    private bool Ask()
    {
        for (int i = 0; asked < depth.Now && i < AskingDepth.Most; i++)
        {
            RingSlot slot = slots[i] ??= new RingSlot(i);
            if (!slot.IsFree)
                continue;
            slot.Ask();
            asked++;
            ring.Add(IoUringOperation.Read, descriptor, slot.Request, RingSlot.RequestCapacity, (uint)i);
        }
        return asked > 0;
    }

    private void Spin()
    {
        long began = Stopwatch.GetTimestamp();
        long former = began;
        while (true)
        {
            if (ring.HasWork)
            {
                _ = ring.Enter(wait: false);
                if (ring.HasCompletion)
                {
                    spinning.NotePaid();
                    return;
                }
            }
            Thread.SpinWait(1);
            long now = Stopwatch.GetTimestamp();
            if (Spinning.WasInterrupted(former, now) || now - began > SpinLimit)
            {
                spinning.NoteInVain();
                return;
            }
            former = now;
        }
    }

    /// <summary>Takes what the kernel completed.</summary>
    /// <returns>How many requests came.</returns>
    private int Reap()
    {
        int found = 0;
        while (ring.TryTake(out IoUringCompletion done))
        {
            if (done.UserData == CancelTag)
                continue;
            RingSlot slot = slots[(uint)done.UserData]!;
            if ((done.UserData & AnswerTag) != 0)
            {
                // ENOENT: nobody waits for it any more.
                if (done.Result != -Errno.ENOENT)
                    failures.Enqueue((slot.Answered, -done.Result));
                continue;
            }
            asked--;
            if (done.Result > 0)
            {
                slot.Fetched(done.Result);
                inHand.Enqueue(slot.Number);
                busy = true;
                found++;
                continue;
            }
            slot.Release();
            // ENOENT: the request was interrupted before it could be read.
            if (-done.Result is not (0 or Errno.ENOENT or Errno.EINTR or Errno.EAGAIN or FuseErrno.ECANCELED))
                end = -done.Result;
        }
        return found;
    }
}
