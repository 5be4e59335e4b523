using System.Diagnostics;
using VdFs.Core.Errors;
using VdFs.Core.Space;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;
using VdFs.Fuse.Supervision;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Session;

/// <summary>Serves one mounted connection from a tree. Owns neither.</summary>
public sealed class FuseSession
{
    private readonly ITransport transport;
    private readonly SessionOptions options;
    private readonly ISessionLog log;
    private readonly WaitingRoom waitingRoom;
    private readonly ConnectionState connection;
    private readonly AnswerSender sender;
    private readonly Func<bool, Dispatcher> createDispatcher;
    private readonly bool succeeds;
    private volatile SessionRun? running;
    private volatile SlowLane? lane;

    /// <param name="transport">The connection.</param>
    /// <param name="tree">What is served.</param>
    /// <param name="options">How.</param>
    /// <param name="log">Takes what goes wrong.</param>
    /// <param name="memory">
    /// What former workers of this connection settled, and where this one leaves it to later ones; null if the connection ends with this process.
    /// </param>
    public FuseSession(ITransport transport, ITree tree, SessionOptions options, ISessionLog log, SessionMemory? memory = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SlowThreads, 1, nameof(options));
        this.transport = transport;
        this.options = options;
        this.log = log;
        waitingRoom = tree.WaitingRoom ?? new WaitingRoom();
        connection = new ConnectionState(memory, options.Passthrough);
        succeeds = connection.Protocol.IsSettled;
        var requestLog = new RequestLog(log);
        sender = new AnswerSender(transport, requestLog);
        createDispatcher = mayWait => new Dispatcher(tree, mayWait, connection, requestLog);
    }

    /// <summary>What INIT settled; null until then.</summary>
    public FuseFeatures? Features
    {
        get
        {
            NegotiatedProtocol agreed = connection.Protocol;
            if (!agreed.IsSettled)
                return null;
            RefusedFeature[] refused = [.. Negotiation.Refused(agreed, options.Passthrough).Select(r => new RefusedFeature(r.Name, r.Reason))];
            return new FuseFeatures(KernelRelease.Current, (int)agreed.Major, (int)agreed.Minor, refused);
        }
    }

    /// <summary>Waits until the kernel and VdFs have agreed, while <see cref="Run"/> runs on another thread.</summary>
    public Outcome WaitUntilReady(TimeSpan limit)
    {
        if (!connection.WaitUntilSettled(limit))
            return Outcome.Failed(FsError.TimedOut, $"The kernel didn't begin to use the mount within {limit.TotalSeconds:0} seconds.");
        NegotiatedProtocol agreed = connection.Protocol;
        return agreed.IsSettled
            ? Outcome.Success
            : Outcome.Failed(
                FsError.NotSupported,
                $"The kernel speaks FUSE {agreed.Major}.{agreed.Minor}, and VdFs needs {Negotiation.Major}.{Negotiation.MinimumMinor} (Linux 5.4) or newer.");
    }

    /// <summary>
    /// Has the kernel send again what a former worker had read and not answered (Linux 6.9 and newer; before, that is lost to who waits for it). Once,
    /// after all threads of the former worker are gone; before or while <see cref="Run"/> runs.
    /// </summary>
    /// <returns>False: the kernel can't.</returns>
    public unsafe bool ResendRequests()
    {
        if (!succeeds || !connection.Protocol.Has(FuseInitFlags.HasResend))
            return !succeeds;
        var message = new FuseOutHeader { Len = (uint)sizeof(FuseOutHeader), Error = (int)FuseNotifyCode.Resend };
        return transport.Send(0, (byte*)&message, sizeof(FuseOutHeader)) == 0;
    }

    /// <summary>Serves until the mount is unmounted or its connection ends otherwise; returns when every request was answered.</summary>
    public SessionEnd Run()
    {
        var waiting = new WaitingRequests(waitingRoom);
        var slowLane = new SlowLane(options.SlowThreads, () => createDispatcher(true), sender, waiting);
        waiting.Begin(slowLane);
        using var run = new SessionRun(options.Threads, (crew, number, watch) =>
        {
            int queue = number % transport.QueueCount;
            using var thread = new ServingThread(
                transport.OpenReceiver(queue), queue, createDispatcher(false), sender, slowLane, waiting, crew, watch, options.Spin, connection.SignOf(number));
            return thread.Run();
        });
        lane = slowLane;
        running = run;
        int errno = run.Run();
        slowLane.Finish();
        if (errno is not (Errno.ENODEV or FuseErrno.ECONNABORTED))
            log.Error($"Reading requests of the mount failed with errno {errno}.", null);
        return Describe(errno);
    }

    /// <summary>
    /// Takes no further requests if that can be helped, and waits until those that were taken are answered: the process is to end next, and another
    /// goes on. What is taken or unanswered all the same, the kernel sends again to the successor.
    /// </summary>
    /// <param name="limit">How long to wait at most.</param>
    public void Retire(TimeSpan limit)
    {
        running?.Retire();
        long start = Stopwatch.GetTimestamp();
        while ((running?.AnyServing() == true || lane?.IsIdle == false) && Stopwatch.GetElapsedTime(start) < limit)
            Thread.Sleep(1);
    }

    private static SessionEnd Describe(int errno) => errno switch
    {
        Errno.ENODEV => new SessionEnd(SessionEndReason.Unmounted, ""),
        FuseErrno.ECONNABORTED => new SessionEnd(
            SessionEndReason.Aborted, "The kernel's connection of the mount was aborted; unmount it and mount it again."),
        _ => new SessionEnd(SessionEndReason.Failed, $"Reading requests of the mount failed with errno {errno}; unmount it and mount it again."),
    };
}
