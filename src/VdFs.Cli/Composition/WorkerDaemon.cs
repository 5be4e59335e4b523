using Microsoft.Extensions.Logging;
using VdFs.Cli.Mounting;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>The life of the worker's process: it gets what its supervisor holds, serves, and says how far it is.</summary>
public static class WorkerDaemon
{
    /// <returns>The exit code; 0 tells the supervisor that the mount is gone.</returns>
    public static async Task<int> RunAsync(MountRequest request, CliHost host)
    {
        if (HeldDescriptors.FromSupervisor() is not { } held || held.Take(HeldDescriptors.Link) is var socket && socket < 0)
            throw new CommandFailedException(ExitCode.Usage, "`vdfs serve` is started by the supervisor of a mount; use `vdfs mount`.");
        using var logs = LogFile.Open();
        var log = logs.CreateLogger("VdFs");
        var keeper = new SupervisorKeeper(new WorkerLink(socket), ProcessCalls.Parent(), held.Find(HeldDescriptors.Device) >= 0, ready => Orphaned(request, ready, log));
        MountHost? mounted = null;
        try
        {
            RefuseIfSomethingIsInBetween(held);
            await new Daemon(host.Folders, logs, (what, where) => mounted = MountHost.Start(what, LogFile.PathFor(what, host.User), where, held, keeper))
                .RunAsync(request, keeper.TellReady).ConfigureAwait(false);
        }
        catch (CommandFailedException e)
        {
            log.LogError("{Message}", e.Message);
            keeper.TellFailed(e.Code, e.Message);
            return (int)e.Code;
        }
        if (mounted!.End is not { Reason: SessionEndReason.Failed } && keeper.ProcessId == 0)
            SupervisedMount.GiveBack(request);
        // Whoever can't read requests any more for another reason leaves that to a successor.
        return mounted!.End is { Reason: SessionEndReason.Failed } ? (int)ExitCode.Unexpected : (int)ExitCode.Ok;
    }

    /// <summary>A script that starts this program and stays would be taken for the worker: killing it would leave two that serve.</summary>
    private static void RefuseIfSomethingIsInBetween(HeldDescriptors held)
    {
        if (SessionMemory.Adopt(ProcessCalls.Duplicate(held.Find(HeldDescriptors.Session)), out var memory) != Core.Errors.FsError.None)
            return;
        using (memory)
        {
            if (memory!.Supervisor is var supervisor && supervisor != 0 && supervisor != ProcessCalls.Parent())
                throw new CommandFailedException(ExitCode.Refused, "The worker has to be the very process that the supervisor started: a script in between has to end with `exec vdfs`.");
        }
    }

    /// <summary>The supervisor died. Who serves already goes on: it has all descriptors too. A mount that nobody was told of ends.</summary>
    private static void Orphaned(MountRequest request, bool ready, ILogger log)
    {
        if (ready)
        {
            log.LogError("The supervisor died. This worker goes on serving {MountPoint}; if it dies too, the mount ends. Unmount and mount again when that suits.", request.MountPoint);
            return;
        }
        SupervisedMount.Detach(request, new SessionLog(log));
        ProcessCalls.ExitNow((int)ExitCode.Unexpected);
    }
}
