using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using VdFs.Cli.Mounting;
using VdFs.Core.Errors;
using VdFs.Fuse.Native;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>
/// The life of a worker that is the main process of a service manager's unit: the manager's descriptor store holds the mount, and the manager starts the
/// next worker. No supervisor of VdFs is needed.
/// </summary>
/// <remarks>How it ends tells the manager what next (<see cref="UnitExit"/>): the mount is gone, or another worker. See mount-scripts/systemd/vdfs@.service.</remarks>
public static class UnitDaemon
{
    private const string Journal = "the journal of the unit";

    /// <summary>What no worker can do without.</summary>
    private static readonly string[] Needed =
    [
        HeldDescriptors.Backing, HeldDescriptors.State, HeldDescriptors.StateLock, HeldDescriptors.Preserve, HeldDescriptors.DaemonLock,
        HeldDescriptors.Nodes, HeldDescriptors.Handles, HeldDescriptors.Session,
    ];

    /// <summary>Which of them are directories.</summary>
    private static readonly string[] Folders = [HeldDescriptors.Backing, HeldDescriptors.State, HeldDescriptors.Preserve];

    private static readonly string[] Tables = [HeldDescriptors.Nodes, HeldDescriptors.Handles, HeldDescriptors.Session];

    /// <summary>In place of the process that tries a build (<see cref="SessionMemory.CandidateTriedBy"/>): none got to serve with it.</summary>
    private const int InVain = -1;

    /// <param name="read">Reads the request, given the table of mounts.</param>
    /// <param name="host">The world.</param>
    public static async Task<int> RunAsync(Func<MountView, MountRequest> read, CliHost host)
    {
        using var manager = ServiceManager.FromEnvironment()
            ?? throw new CommandFailedException(ExitCode.Usage, "--under-systemd is for the main process of a systemd unit with Type=notify (there is no NOTIFY_SOCKET); mount without it, or use the unit vdfs@.service.");
        Directory.SetCurrentDirectory("/");
        if (UnitExit.IsNotTheMainProcess)
        {
            // What the manager passed isn't meant for this process; and whatever a build that is tried does, another worker has to follow.
            await host.Error.WriteLineAsync("vdfs: the unit's main process has to be vdfs itself: a script in ExecStart=, or one that `vdfs upgrade` was given, has to end with `exec vdfs`.").ConfigureAwait(false);
            return (int)ExitCode.Unexpected;
        }
        BeginAnewIfThatHelps();
        using var held = HeldDescriptors.FromServiceManager() ?? new HeldDescriptors();
        using var logs = LogFile.Open();
        var log = logs.CreateLogger("VdFs");
        bool live = held.Find(HeldDescriptors.Device) >= 0;
        var request = read(host.Mounts());
        using var keeper = new ServiceManagerKeeper(manager, request, held.Names, message => log.LogWarning("{Message}", message));
        try
        {
            if (live)
            {
                Succeed(request, held, keeper, log);
            }
            else
            {
                if (held.Names.Count > 0)
                    log.LogWarning("The service manager kept descriptors of a former process, but no mount: that process died while it mounted, or FileDescriptorStoreMax= is too small. It is mounted anew; programs that had files open there got errors.");
                held.Clear();
                keeper.DropAll();
                keeper.AskForTime();
                request = MountAdmission.Admit(host, read);
                if (StateTrace.Warning(request) is { } warning)
                    host.Error.WriteLine("vdfs: warning: " + warning);
                Begin(request, host, held, keeper);
            }
            return await ServeAsync(request, host, logs, held, keeper).ConfigureAwait(false);
        }
        catch (CommandFailedException e)
        {
            log.LogError("{Message}", e.Message);
            keeper.TellFailed(e.Code, e.Message);
            // Users hang on a live mount, so the manager is to try again whatever it is; what never was mounted need not be tried again in vain.
            if (!live)
                return UnitExit.Failed(e.Code);
            if (keeper.Memory is not { FailedStarts: >= RestartPolicy.MostFailedStarts })
                return (int)ExitCode.Unexpected;
            log.LogError("VdFs gives up on this mount: {Count} starts in a row failed. All who wait for it get an error now. The images are untouched, and what was acknowledged is in them; start the unit again when the cause is gone.", keeper.Memory.FailedStarts);
            keeper.DropAll();
            held.Clear();
            SupervisedMount.Detach(request, new SessionLog(log));
            return UnitExit.Failed(e.Code);
        }
    }

    private static async Task<int> ServeAsync(MountRequest request, CliHost host, ILoggerFactory logs, HeldDescriptors held, ServiceManagerKeeper keeper)
    {
        MountHost? mounted = null;
        GuardProcess? guard = null;
        keeper.Memory!.NoteBeginning(Environment.ProcessId);
        using var stopping = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            keeper.TellStopping();
        });
        await new Daemon(host.Folders, logs, (what, where) => mounted = MountHost.Start(what, Journal, where, held, keeper))
            .RunAsync(request, () =>
            {
                keeper.TellReady();
                guard = GuardDaemon.Start(request, keeper.Memory, keeper.StandstillLimit, new SessionLog(logs.CreateLogger("VdFs")));
            }).ConfigureAwait(false);
        guard?.Dispose();
        if (mounted!.End is { Reason: Fuse.Session.SessionEndReason.Failed })
            return (int)ExitCode.Unexpected;
        SupervisedMount.GiveBack(request);
        // The locks are among it: who waits for them knows that all is written.
        keeper.DropAll();
        return UnitExit.Done;
    }

    /// <summary>
    /// What threads may do when memory is short, later ones inherit from those that start them, and the runtime's are there already: so this program begins once more. The manager's
    /// environment and descriptors stay.
    /// </summary>
    private static void BeginAnewIfThatHelps()
    {
        MemoryStandby.Prepare();
        if (!MemoryStandby.FlushesWithoutWaiting() && MemoryStandby.TryFlushWithoutWaiting())
            _ = ProcessCalls.Become([.. WorkerProgram.CommandOf(null), .. Environment.GetCommandLineArgs().Skip(1)]);
    }

    /// <summary>The first worker of a mount: what later ones need is in the store before it is live.</summary>
    private static void Begin(MountRequest request, CliHost host, HeldDescriptors held, ServiceManagerKeeper keeper)
    {
        using var opened = MountHoldings.Open(request, host.Folders, out var memory);
        keeper.Memory = memory;
        foreach (var name in opened.Names.ToList())
        {
            held.Add(name, opened.Take(name));
            keeper.Hold(name, held.Find(name));
        }
    }

    /// <summary>A later worker.</summary>
    private static void Succeed(MountRequest request, HeldDescriptors held, ServiceManagerKeeper keeper, ILogger log)
    {
        var error = SessionMemory.Adopt(ProcessCalls.Duplicate(held.Find(HeldDescriptors.Session)), out var memory);
        if (error == FsError.None)
        {
            keeper.Memory = memory;
            // Cleared once it serves. One that gives way to another build is the same process.
            if (memory!.ReplacedBy != Environment.ProcessId)
                memory.FailedStarts++;
        }
        var missing = Needed.Where(name => held.Find(name) is var descriptor && (descriptor < 0 || Folders.Contains(name) != ProcessCalls.IsDirectory(descriptor) || (Tables.Contains(name) && !ProcessCalls.IsMemory(descriptor)))).ToList();
        if (missing.Count > 0)
        {
            var cause = held.Closed.Count > 0 || missing.Any(name => held.Find(name) >= 0)
                ? "a program between the service manager and vdfs closed or replaced them: a script in ExecStart= has to leave alone the descriptors that it was started with"
                : "the service manager didn't keep them: FileDescriptorStoreMax= is too small";
            throw new CommandFailedException(ExitCode.Refused, $"What a worker needs isn't there (missing: {string.Join(", ", missing)}), so {request.MountPoint} can't be served; {cause}.");
        }
        if (error != FsError.None)
            throw new CommandFailedException(ExitCode.Refused, $"What the former worker left can't be read by this build ({error}); install the former one again, or stop the unit and start it again.");
        // A worker that made room for another build noted it; of one that was killed, nobody knows when. The manager starts the next one at once, or after RestartSec=.
        if (memory!.Candidate.Length == 0)
            memory.NoteEnd(DateTime.Now - Process.GetCurrentProcess().StartTime);
        keeper.Build = ChooseBuild(memory, log, out bool onTrial);
        if (!onTrial)
            keeper.AskForTime();
        if (keeper.Build.Length > 0 && keeper.Build != WorkerProgram.Build && memory.ReplacedBy != Environment.ProcessId)
            Become(keeper, request, held, memory, log);
        MountHoldings.NoteHolder(request, held);
    }

    /// <summary>Which build is to serve; empty: the one that the unit starts.</summary>
    /// <param name="onTrial">It is a new one, which has less time.</param>
    private static string ChooseBuild(SessionMemory memory, ILogger log, out bool onTrial)
    {
        onTrial = false;
        if (memory.Candidate is not { Length: > 0 } candidate)
            return memory.Build;
        if (memory.CandidateTriedBy == 0)
            memory.CandidateTriedBy = Environment.ProcessId;
        onTrial = memory.CandidateTriedBy == Environment.ProcessId;
        if (onTrial)
            return candidate;
        if (memory.CandidateTriedBy != InVain)
        {
            memory.CandidateTriedBy = InVain;
            memory.NoteFailedUpgrade();
            log.LogError("The new build {Build} didn't get to serve: the former build goes on.", candidate);
        }
        // The former build may not read any more what the new one has migrated: then they take turns.
        return memory.FailedStarts > 2 && memory.FailedStarts % 2 != 0 ? candidate : memory.Build;
    }

    private static void Become(ServiceManagerKeeper keeper, MountRequest request, HeldDescriptors held, SessionMemory memory, ILogger log)
    {
        log.LogInformation("Giving way to the build {Build}.", keeper.Build);
        held.PassOn();
        memory.ReplacedBy = Environment.ProcessId;
        int errno = ProcessCalls.Become([.. WorkerProgram.CommandOf(keeper.Build), "mount", .. request.ToArguments(), "--under-systemd"]);
        ProcessCalls.KeepFromChildren(HeldDescriptors.First);
        log.LogError("The build {Build} can't be started (errno {Errno}): this one serves.", keeper.Build, errno);
        if (memory.Candidate.Length > 0)
            memory.NoteFailedUpgrade();
        keeper.Build = "";
    }
}
