using System.Diagnostics;
using VdFs.Fuse.Native;
using VdFs.Fuse.Supervision;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Session;

/// <summary>Reads requests and serves each itself; what would have to wait goes to the <see cref="SlowLane"/>. Made and run by one thread.</summary>
internal sealed unsafe class ServingThread : IDisposable
{
    private static readonly long IdleTicks = (long)(CrewWatch.Idle.TotalSeconds * Stopwatch.Frequency);
    private static readonly bool HasCores = Environment.ProcessorCount > 1;

    private readonly IReceiver receiver;
    private readonly int queue;
    private readonly Dispatcher dispatcher;
    private readonly AnswerSender sender;
    private readonly SlowLane slowLane;
    private readonly WaitingRequests waiting;
    private readonly ServingCrew crew;
    private readonly CrewMember member;
    private readonly CrewWatch watch;
    private readonly long spin;
    private readonly ServingSign sign;

    /// <summary>When all that was in hand was last done with.</summary>
    private long ended = Stopwatch.GetTimestamp();

    public ServingThread(
        IReceiver receiver,
        int queue,
        Dispatcher dispatcher,
        AnswerSender sender,
        SlowLane slowLane,
        WaitingRequests waiting,
        ServingCrew crew,
        CrewWatch watch,
        TimeSpan spin,
        ServingSign sign)
    {
        this.sign = sign;
        this.receiver = receiver;
        this.queue = queue;
        this.dispatcher = dispatcher;
        this.sender = sender;
        this.slowLane = slowLane;
        this.waiting = waiting;
        this.crew = crew;
        this.watch = watch;
        this.spin = (long)(spin.TotalSeconds * Stopwatch.Frequency);
        member = crew.Join(receiver, new SlowRelief(slowLane, queue));
    }

    /// <summary>Serves until the connection ends.</summary>
    /// <returns>The errno that ended it; 0 if it was sent home.</returns>
    public int Run()
    {
        while (true)
        {
            if (crew.IsRetiring && !receiver.HasMore)
                Stay();
            receiver.SpinLimit = HasCores && crew.IsAlone ? spin : 0;
            int errno = -receiver.Receive();
            while (receiver.TryTakeFailure(out byte* request, out int failure))
                sender.NotTaken(queue, request, failure);
            // ENOENT: the request was interrupted before it could be read.
            if (errno is not (0 or Errno.ENOENT or Errno.EINTR or Errno.EAGAIN))
                return errno;
            if (!ServeAll())
                return 0;
        }
    }

    public void Dispose()
    {
        crew.Leave(member);
        member.Dispose();
        receiver.Dispose();
        dispatcher.Dispose();
    }

    /// <summary>The process is about to end, and another goes on: what was asked for and comes now is the successor's.</summary>
    private void Stay()
    {
        receiver.Flush();
        if (!receiver.HasMore)
            Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Serves what is in hand. The clock is read twice for all of it: for each request, that would be felt.</summary>
    /// <returns>False: it was sent home.</returns>
    private bool ServeAll()
    {
        if (!receiver.TryNext(out RequestInHand request))
            return true;
        long began = Stopwatch.GetTimestamp();
        if (began - ended > IdleTicks)
            watch.Wake();
        sign.Begin();
        int served = 0;
        do
        {
            Serve(request);
            member.Count(request.Length + dispatcher.Reply.TotalLength);
            served++;
        }
        while (receiver.TryNext(out request));
        sign.End();
        ended = Stopwatch.GetTimestamp();
        receiver.NoteServed(served, ended - began);
        return member.End(ended);
    }

    private void Serve(in RequestInHand inHand)
    {
        var request = new ReadOnlySpan<byte>(inHand.Start, inHand.Length);
        dispatcher.Reply.Use(inHand.Room, inHand.Capacity);
        switch (dispatcher.Serve(request))
        {
            case Disposition.Answer:
                sender.Answer(receiver, queue, dispatcher, inHand.Start);
                break;
            case Disposition.Defer:
                slowLane.Add(queue, request);
                break;
            case Disposition.WaitForSpace:
                waiting.Add(new DeferredRequest(queue, request));
                break;
        }
    }
}
