using VdFs.Fuse.Protocol;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Session;

/// <summary>
/// Does what has to wait: for a cut, for space, for a disk to sync. Its threads start one by one as requests find none idle, up to a limit,
/// and stay until the end. Requests are taken in the order in which they came.
/// </summary>
internal sealed unsafe class SlowLane(int limit, Func<Dispatcher> createDispatcher, AnswerSender sender, WaitingRequests waiting)
{
    /// <summary>Guards all fields below. A leaf.</summary>
    private readonly object guard = new();
    private readonly Queue<DeferredRequest> requests = new();
    private readonly List<Thread> threads = [];
    private int idle;
    private bool ended;

    /// <summary>Copies the request and returns at once.</summary>
    public void Add(int queue, ReadOnlySpan<byte> request) => Add(new DeferredRequest(queue, request));

    /// <summary>Takes the request over.</summary>
    public void Add(in DeferredRequest deferred)
    {
        lock (guard)
        {
            requests.Enqueue(deferred);
            if (idle >= requests.Count)
                Monitor.Pulse(guard);
            else if (threads.Count < limit)
                StartThread();
        }
    }

    /// <summary>Whether all that was added is done, for now.</summary>
    public bool IsIdle
    {
        get
        {
            lock (guard)
                return requests.Count == 0 && idle == threads.Count;
        }
    }

    /// <summary>Waits until all that was added is done, and all that waits for room. Nothing may be added afterwards.</summary>
    public void Finish()
    {
        waiting.End();
        Thread[] all;
        lock (guard)
        {
            ended = true;
            Monitor.PulseAll(guard);
            all = [.. threads];
        }
        foreach (Thread thread in all)
            thread.Join();
    }

    private void StartThread()
    {
        var thread = new Thread(Run, SessionThread.StackSize) { Name = $"vdfs slow {threads.Count}", IsBackground = true };
        threads.Add(thread);
        thread.Start();
    }

    private void Run()
    {
        using var memory = new LockedMemory(LockedMemory.Page + Negotiation.MaxWrite);
        using Dispatcher dispatcher = createDispatcher();
        while (TryTake(out DeferredRequest deferred))
        {
            dispatcher.Reply.Use(memory.Start + LockedMemory.Page, Negotiation.MaxWrite);
            dispatcher.WaitsForSpace = !deferred.WaitsNoLonger;
            Disposition disposition = dispatcher.Serve(deferred.Request);
            if (disposition == Disposition.WaitForSpace)
            {
                waiting.Add(deferred);
                continue;
            }
            if (disposition == Disposition.Answer)
                sender.Send(deferred.Queue, dispatcher, deferred.Start);
            waiting.Answered(deferred);
            deferred.Free();
        }
    }

    private bool TryTake(out DeferredRequest deferred)
    {
        lock (guard)
        {
            while (!requests.TryDequeue(out deferred))
            {
                if (ended)
                    return false;
                idle++;
                Monitor.Wait(guard);
                idle--;
            }
            return true;
        }
    }
}
