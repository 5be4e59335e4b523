using System.Globalization;
using VdFs.Cli.Mounting;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>When a mount gets a guard (<see cref="Guard"/>), and the life of the guard's process.</summary>
internal static class GuardDaemon
{
    /// <summary>Null: these aren't a guard's arguments. A guard loads as little as can be, so the command line isn't asked.</summary>
    public static int? TryRun(string[] arguments) =>
        arguments is [Guard.Command, var seconds] && double.TryParse(seconds, NumberStyles.Float, CultureInfo.InvariantCulture, out double limit)
            ? Guard.Run(TimeSpan.FromSeconds(limit), new SupervisorLog("Guard")) : null;

    /// <summary>Starts one where it is needed. Null: it isn't, or can't be had, which is logged.</summary>
    /// <param name="request">What is mounted where, by now.</param>
    /// <param name="memory">The session's.</param>
    /// <param name="limit">How long serving may stand still; zero: for ever.</param>
    /// <param name="log">Where it is told if there is none.</param>
    public static GuardProcess? Start(MountRequest request, SessionMemory memory, TimeSpan limit, ISessionLog log)
    {
        if (limit == TimeSpan.Zero || MemoryStandby.FlushesWithoutWaiting())
            return null;
        var guard = GuardProcess.Start(WorkerProgram.CommandOf(null), request.MountPoint, memory, limit, out var why);
        if (guard is null)
            log.Warning($"Nothing ends a deadlock over memory here: {why}. See `vdfs doctor`.");
        return guard;
    }
}
