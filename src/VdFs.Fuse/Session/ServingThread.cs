using System.Diagnostics;
using VdFs.Fuse.Native;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Session;

/// <summary>Reads requests and serves each itself; what would have to wait goes to the <see cref="SlowLane"/>.</summary>
internal sealed unsafe class ServingThread : IDisposable
{
    private static readonly long IdleTicks = (long)(CrewWatch.Idle.TotalSeconds * Stopwatch.Frequency);

    private readonly ITransport transport;
    private readonly int queue;
    private readonly Dispatcher dispatcher;
    private readonly AnswerSender sender;
    private readonly SlowLane slowLane;
    private readonly WaitingRequests waiting;
    private readonly ServingCrew.Member member;
    private readonly CrewWatch watch;
    private readonly ServingMemory memory;

    public ServingThread(
        ITransport transport,
        int queue,
        Func<ServingMemory, Dispatcher> createDispatcher,
        AnswerSender sender,
        SlowLane slowLane,
        WaitingRequests waiting,
        ServingCrew.Member member,
        CrewWatch watch)
    {
        this.member = member;
        this.watch = watch;
        this.transport = transport;
        this.queue = queue;
        this.sender = sender;
        this.slowLane = slowLane;
        this.waiting = waiting;
        memory = new ServingMemory(requests: true);
        dispatcher = createDispatcher(memory);
    }

    /// <summary>Serves until the connection ends.</summary>
    /// <returns>The errno that ended it; 0 if it was sent home.</returns>
    public int Run()
    {
        while (true)
        {
            int length = transport.Receive(queue, memory.Request, memory.RequestCapacity);
            if (length > 0)
            {
                if (member.Begin(length) > IdleTicks)
                    watch.Wake();
                Serve(length);
                if (!member.End(length))
                    return 0;
                continue;
            }
            int errno = -length;
            // ENOENT: the request was interrupted before it could be read.
            if (errno is not (0 or Errno.ENOENT or Errno.EINTR or Errno.EAGAIN))
                return errno;
        }
    }

    public void Dispose()
    {
        dispatcher.Dispose();
        memory.Dispose();
    }

    private void Serve(int length)
    {
        var request = new ReadOnlySpan<byte>(memory.Request, length);
        switch (dispatcher.Serve(request))
        {
            case Disposition.Answer:
                sender.Send(queue, dispatcher, memory.Request);
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
