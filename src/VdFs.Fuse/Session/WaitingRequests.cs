using System.Diagnostics;
using VdFs.Core.Space;

namespace VdFs.Fuse.Session;

/// <summary>
/// Requests that wait for room in the preserve store. They hold no thread: when there may be room, and once in a while, they go back to the slow lane, in the
/// order in which they came; what finds none waits on, until its limit, after which it is answered whatever comes.
/// </summary>
/// <remarks>
/// What must hold: a command (a release, a cut) in the slow lane stands behind tries of waiting requests at most, none of which blocks; and no request waits
/// for longer than the limit and one interval.
/// </remarks>
internal sealed class WaitingRequests(WaitingRoom room)
{
    /// <summary>How often requests try without having been called: others free room too, and a call may come just before one begins to wait.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Guards all fields below. A leaf, but for the slow lane's.</summary>
    private readonly object guard = new();
    private readonly Queue<DeferredRequest> requests = new();
    private SlowLane? lane;
    private Thread? thread;
    private bool called;
    private bool idle;
    private bool ended;

    /// <summary>Before the first request.</summary>
    public void Begin(SlowLane slowLane)
    {
        lane = slowLane;
        room.RoomMade = Call;
    }

    /// <summary>Takes the request over.</summary>
    public void Add(in DeferredRequest request)
    {
        bool news = request.WaitsSince == 0;
        DeferredRequest waiting = news ? request.Waiting(Stopwatch.GetTimestamp(), noLonger: false) : request;
        if (news)
            room.Count(1);
        lock (guard)
        {
            requests.Enqueue(waiting);
            if (ended)
                TryAgain();
            else if (idle)
                Monitor.PulseAll(guard);
            thread ??= Start();
        }
    }

    /// <summary>The slow lane has done with a request; if it had waited, it does so no longer.</summary>
    public void Answered(in DeferredRequest request)
    {
        if (request.WaitsSince != 0)
            room.Count(-1);
    }

    /// <summary>From here on nothing waits.</summary>
    public void End()
    {
        Thread? running;
        lock (guard)
        {
            ended = true;
            TryAgain();
            Monitor.PulseAll(guard);
            running = thread;
        }
        running?.Join();
    }

    private void Call()
    {
        lock (guard)
        {
            called = true;
            Monitor.PulseAll(guard);
        }
    }

    private Thread Start()
    {
        var started = new Thread(Run, SessionThread.StackSize) { Name = "vdfs space", IsBackground = true };
        started.Start();
        return started;
    }

    private void Run()
    {
        lock (guard)
        {
            while (!ended)
            {
                if (requests.Count == 0)
                {
                    idle = true;
                    Monitor.Wait(guard);
                    idle = false;
                    continue;
                }
                if (!called)
                    Monitor.Wait(guard, Interval);
                called = false;
                TryAgain();
            }
        }
    }

    private void TryAgain()
    {
        while (requests.TryDequeue(out DeferredRequest request))
        {
            bool noLonger = ended || Stopwatch.GetElapsedTime(request.WaitsSince) >= room.Limit;
            lane!.Add(request.Waiting(request.WaitsSince, noLonger));
        }
    }
}
