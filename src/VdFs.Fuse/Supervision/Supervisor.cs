using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;

namespace VdFs.Fuse.Supervision;

/// <summary>
/// Keeps a mount alive over the deaths of the workers that serve it: holds every descriptor that they need, starts one, waits for its end, starts the
/// next. Does nothing else, so that nothing else can end it; opens nothing below the mount.
/// </summary>
/// <remarks>
/// <para>What must hold at every instant: at most one worker lives; while the mount is live, its device is open here, so that the kernel keeps what
/// clients asked for; a worker is started only after the former one was reaped with all its threads, so that two never write.</para>
/// <para>The kernel waits for ever for an answer, even against SIGKILL: so when no worker can be had, the connection is ended, and everyone who waits
/// gets an error.</para>
/// </remarks>
public sealed unsafe class Supervisor : IDisposable
{
    /// <summary>A worker that doesn't serve by then is taken for stuck. Long: it may have a large state to read from a slow disk.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    /// <summary>A build that is tried has less time: its users wait, and the former one could serve them.</summary>
    private static readonly TimeSpan TrialLimit = TimeSpan.FromSeconds(30);

    private readonly HeldDescriptors held;
    private readonly SessionMemory memory;
    private readonly ISupervisedMount mount;
    private readonly ISessionLog log;
    private readonly RestartPolicy policy = new();
    private readonly TimeSpan hangLimit;
    private readonly LifeSigns life;

    /// <summary>Written by signals' threads, read by the loop.</summary>
    private readonly int wake;
    private volatile bool detachAsked;

    private IReadOnlyList<string> build;

    /// <summary>While a build is on trial, or neither of two gets to serve: the other one.</summary>
    private IReadOnlyList<string>? otherBuild;
    private bool onTrial;
    private bool everReady;
    private bool mounted;
    private GuardProcess? guard;

    // Of the worker that lives now.
    private long servingSince;
    private bool ready;
    private string? upgradeTo;
    private (int Code, string Message)? failure;

    /// <param name="held">What workers get; stays the caller's. The device is added when it is mounted.</param>
    /// <param name="memory">The session's memory, which is among <paramref name="held"/> too.</param>
    /// <param name="mount">Mounts and unmounts.</param>
    /// <param name="log">Where it tells what happens.</param>
    /// <param name="hangLimit">A worker that shows no life for so long is replaced; zero: never.</param>
    public Supervisor(HeldDescriptors held, SessionMemory memory, ISupervisedMount mount, ISessionLog log, TimeSpan hangLimit = default)
    {
        this.hangLimit = hangLimit;
        life = new LifeSigns(hangLimit);
        this.held = held;
        this.memory = memory;
        this.mount = mount;
        this.log = log;
        build = mount.CommandOf(null);
        memory.Supervisor = Environment.ProcessId;
        wake = ChildLibc.eventfd(0, FuseLibc.CloseOnExec);
    }

    /// <summary>Has the mount's name taken away; the worker serves what is open until it is closed. From any thread.</summary>
    public void RequestDetach()
    {
        detachAsked = true;
        ulong one = 1;
        _ = FuseLibc.write(wake, &one, sizeof(ulong));
    }

    /// <summary>Supervises until the mount is gone.</summary>
    /// <param name="whenReady">Called once, with the first worker's process id, when it is ready.</param>
    public SupervisorEnd Run(Action<int> whenReady)
    {
        while (true)
        {
            if (!DescriptorSocket.TryCreatePair(out int ours, out int theirs))
                return GiveUp($"a socket for the worker failed (errno {Marshal.GetLastSystemError()})");
            WorkerProcess? worker = WorkerProcess.Start(build, held, theirs, out int errno);
            ProcessCalls.Close(theirs);
            WorkerEnd end;
            if (worker is null)
            {
                end = new WorkerEnd(127, 0);
                log.Error($"The worker {build[0]} could not be started: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno}).", null);
            }
            else
            {
                using (worker)
                    end = Attend(worker, ours, whenReady);
            }
            ProcessCalls.Close(ours);
            if (Judge(end, out TimeSpan delay) is { } over)
                return over;
            if (delay > TimeSpan.Zero)
                Thread.Sleep(delay);
        }
    }

    public void Dispose()
    {
        guard?.Dispose();
        ProcessCalls.Close(wake);
    }

    /// <summary>Stays with one worker from its start to its end.</summary>
    private WorkerEnd Attend(WorkerProcess worker, int link, Action<int> whenReady)
    {
        servingSince = 0;
        ready = false;
        upgradeTo = null;
        failure = null;
        memory.NoteBeginning(worker.Id);
        long started = Stopwatch.GetTimestamp();
        TimeSpan limit = onTrial ? TrialLimit : StartLimit;
        FuseLibc.PollFd* polled = stackalloc FuseLibc.PollFd[3];
        while (true)
        {
            polled[0] = new FuseLibc.PollFd { Fd = link, Events = FuseLibc.PollIn };
            polled[1] = new FuseLibc.PollFd { Fd = worker.EndDescriptor, Events = FuseLibc.PollIn };
            polled[2] = new FuseLibc.PollFd { Fd = wake, Events = FuseLibc.PollIn };
            TimeSpan left = limit - Stopwatch.GetElapsedTime(started);
            _ = FuseLibc.poll(polled, 3, servingSince != 0 ? life.Wait(Stopwatch.GetTimestamp()) : (int)Math.Max(0, left.TotalMilliseconds));
            bool over = (polled[1].Revents & FuseLibc.PollIn) != 0;
            // Also after its end: what it said last counts, and descriptors may be among it.
            bool listening = Listen(worker, link, whenReady);
            if (over)
            {
                // Before: once it is reaped, another process may get its number.
                memory.Worker = 0;
                WorkerEnd end = worker.Reap();
                memory.NoteEnd();
                return end;
            }
            if (!listening)
            {
                // It closed its end but lives: it is about to end.
                _ = FuseLibc.poll(polled + 1, 1, -1);
                continue;
            }
            if ((polled[2].Revents & FuseLibc.PollIn) != 0)
                Detach();
            if (servingSince != 0)
                LookForLife(worker, link);
            if (servingSince == 0 && Stopwatch.GetElapsedTime(started) > limit)
            {
                log.Error($"The worker {worker.Id} doesn't serve {limit.TotalSeconds:0} seconds after its start; it is killed.", null);
                worker.Kill();
                _ = FuseLibc.poll(polled + 1, 1, -1);
            }
        }
    }

    private void LookForLife(WorkerProcess worker, int link)
    {
        if (life.IsDue(Stopwatch.GetTimestamp(), out bool hangs))
            _ = DescriptorSocket.Send(link, WorkerLink.PingWord);
        if (!hangs)
            return;
        log.Error($"The worker {worker.Id} has shown no life for {hangLimit.TotalSeconds:0} seconds; it is killed, and another one is started.", null);
        memory.NoteHang();
        worker.Kill();
        // A process that waits in the kernel for a device ends when that answers, and no other may be started before.
        life.Begin(Stopwatch.GetTimestamp());
    }

    /// <summary>Takes all messages that are there. False: the worker closed its end.</summary>
    private bool Listen(WorkerProcess worker, int link, Action<int> whenReady)
    {
        while (true)
        {
            DescriptorSocketResult result = DescriptorSocket.Receive(link, wait: false, out string text, out int descriptor);
            if (result != DescriptorSocketResult.Message)
                return result == DescriptorSocketResult.Nothing;
            int space = text.IndexOf(' ', StringComparison.Ordinal);
            string rest = space < 0 ? "" : text[(space + 1)..];
            switch (space < 0 ? text : text[..space])
            {
                case WorkerLink.PreparedWord:
                    Mount(link);
                    break;
                case WorkerLink.ServingWord:
                    servingSince = Stopwatch.GetTimestamp();
                    onTrial = false;
                    life.Begin(servingSince);
                    if (everReady)
                    {
                        memory.NoteSuccession();
                        log.Warning($"The worker {worker.Id} serves after a pause of {memory.LastPause!.Value.TotalMilliseconds:0} ms; workers replaced so far: {memory.Restarts}.");
                    }
                    break;
                case WorkerLink.ReadyWord:
                    ready = true;
                    if (!everReady)
                    {
                        everReady = true;
                        whenReady(worker.Id);
                    }
                    break;
                case WorkerLink.PongWord:
                    life.NoteAnswer();
                    break;
                case WorkerLink.FailedWord:
                    failure = WorkerLink.ParseFailure(text);
                    break;
                case WorkerLink.UpgradeWord:
                    upgradeTo = rest;
                    break;
                case WorkerLink.HoldWord when descriptor >= 0:
                    held.Add(rest, descriptor);
                    continue;
                case WorkerLink.DropWord:
                    held.Drop(rest);
                    break;
            }
            if (descriptor >= 0)
                ProcessCalls.Close(descriptor);
        }
    }

    /// <summary>Lets the mount go live, since a worker is there that can serve it.</summary>
    private void Mount(int link)
    {
        try
        {
            using SafeFileHandle device = mount.Mount();
            mounted = true;
            held.Add(HeldDescriptors.Device, ProcessCalls.Duplicate((int)device.DangerousGetHandle()));
            _ = DescriptorSocket.Send(link, WorkerLink.DeviceWord, held.Find(HeldDescriptors.Device));
            guard = mount.StartGuard(memory);
            if (guard is not null)
                held.Add(HeldDescriptors.Guard, ProcessCalls.Duplicate(guard.Line));
            if (detachAsked)
                Detach();
        }
        catch (MountException e)
        {
            _ = DescriptorSocket.Send(link, $"{WorkerLink.RefusedWord} {(int)e.Failure} {e.Message}");
        }
    }

    /// <summary>What comes after a worker's end: null means another worker.</summary>
    private SupervisorEnd? Judge(WorkerEnd end, out TimeSpan delay)
    {
        delay = TimeSpan.Zero;
        // One that never served can't know that the mount is gone, whatever it is.
        if (end.IsDone && servingSince != 0)
            return new SupervisorEnd(0, "");
        if (!everReady)
        {
            // Nobody was told that the mount is there: whoever asked for it is told why it isn't.
            (int Code, string Message) why = failure ?? (1, $"The worker {end} before it was ready; its log says why.");
            End();
            return new SupervisorEnd(why.Code, why.Message);
        }
        if (end.IsUpgrade && upgradeTo is not null && servingSince != 0)
        {
            otherBuild = build;
            build = mount.CommandOf(upgradeTo);
            onTrial = true;
            policy.Forget();
            log.Warning($"The worker made room for another build: {upgradeTo}.");
            return null;
        }
        string said = failure is null ? "" : $" ({failure.Value.Message})";
        if (servingSince == 0 && otherBuild is not null)
        {
            // The former build may not read any more what the new one has migrated: then it is the new one's turn again.
            (build, otherBuild) = (otherBuild, build);
            if (onTrial)
            {
                onTrial = false;
                memory.NoteFailedUpgrade();
                policy.Forget();
                log.Error($"The worker of the new build {end} before it served{said}: the former build goes on.", null);
                return null;
            }
        }
        else if (ready)
        {
            otherBuild = null;
        }
        if (!policy.TryAgain(servingSince == 0 ? null : Stopwatch.GetElapsedTime(servingSince), out delay))
            return GiveUp($"the worker {end}{said}, again and again");
        log.Error($"The worker {end}{said}; another one is started.", null);
        return null;
    }

    private void Detach()
    {
        ulong count;
        _ = FuseLibc.read(wake, &count, sizeof(ulong));
        if (mounted)
            mount.Detach();
    }

    private SupervisorEnd GiveUp(string reason)
    {
        string message = $"VdFs gives up on this mount: {reason}. All who wait for it get an error now. The images are untouched, and what was acknowledged is in them; mount again when the cause is gone.";
        log.Error(message, null);
        End();
        return new SupervisorEnd(1, message);
    }

    /// <summary>Closing the last descriptor ends the connection: everyone who waits for an answer gets ECONNABORTED.</summary>
    private void End()
    {
        held.Drop(HeldDescriptors.Device);
        if (mounted)
            mount.Detach();
    }
}
