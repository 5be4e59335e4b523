using System.Globalization;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;

namespace VdFs.Fuse.Supervision;

/// <summary>
/// The life of a guard: a process beside the supervisor, where workers may not allocate without waiting for write-back (<see cref="MemoryStandby"/>). If the worker is caught in a deadlock over
/// memory (<see cref="GuardWatch"/>) it ends the worker, and if that can't die the connection, so that all who wait get an error.
/// </summary>
/// <remarks>
/// <para>What must hold from <see cref="Run"/>'s loop on until something was done: its memory is locked, it allocates nothing, it opens nothing, and waits for nobody. The supervisor can't do this: it is a
/// process that allocates, and is found waiting in the same deadlock.</para>
/// <para>It has no descriptor of the connection, which ends without it, and holds no lock. It ends when all who hold the other end of its line do.</para>
/// </remarks>
public static unsafe class Guard
{
    /// <summary>The word that starts one: `vdfs guard SECONDS`.</summary>
    public const string Command = "guard";

    /// <summary>The switch of the connection, among the descriptors that a guard gets.</summary>
    public const string Abort = "abort";

    /// <summary>The runtime is to do nothing by itself: no compiling of what ran often, no thread for collecting, none for debuggers.</summary>
    internal static readonly string[] Environment = ["DOTNET_TieredCompilation=0", "DOTNET_gcConcurrent=0", "DOTNET_gcServer=0", "DOTNET_EnableDiagnostics=0"];

    /// <param name="limit">How long serving may stand still.</param>
    /// <param name="log">Where it tells what it did, afterwards.</param>
    /// <returns>The exit code.</returns>
    public static int Run(TimeSpan limit, ISessionLog log)
    {
        using HeldDescriptors? held = HeldDescriptors.FromSupervisor();
        if (held is null || Core.Errors.FsError.None != SessionMemory.Adopt(held.Take(HeldDescriptors.Session), out SessionMemory? memory))
            return 1;
        using (memory)
        using (var pressure = MemoryPressure.OfThisProcess())
        {
            var watch = new GuardWatch();
            Func<bool> isShort = pressure.IsShort;
            int abort = held.Find(Abort);
            var line = new FuseLibc.PollFd { Fd = held.Find(HeldDescriptors.Link), Events = FuseLibc.PollIn };
            int interval = Math.Max(1, (int)(limit.TotalMilliseconds / GuardWatch.Looks));
            WarmUp(isShort);
            if (!MemoryStandby.TryStay())
                log.Warning("The guard's memory can't be locked (RLIMIT_MEMLOCK): under a memory limit it may come too late.");
            while (FuseLibc.poll(&line, 1, interval) == 0)
            {
                long signs = memory!.Serving.Read(out bool busy);
                int worker = memory.Worker;
                switch (watch.Look(signs, busy, worker, isShort))
                {
                    case GuardStep.Kill:
                        _ = ChildLibc.kill(worker, ChildLibc.SignalKill);
                        break;
                    case GuardStep.Replaced:
                        log.Error($"{What(limit)}; the worker was killed, and another one is started.", null);
                        break;
                    case GuardStep.Abort:
                        int errno = ConnectionAbort.Use(abort);
                        log.Error(errno == 0
                            ? $"{What(limit)}, and the worker can't die; the mount's connection is ended, so that all who wait for it get an I/O error. The images are untouched. Give the daemon a memory group of its own, apart from those who use the mount, or CAP_SYS_RESOURCE; then mount again."
                            : $"{What(limit)}, the worker can't die, and the mount's connection can't be ended (errno {errno}).", null);
                        return errno == 0 ? 0 : 1;
                }
            }
            return 0;
        }
    }

    private static string What(TimeSpan limit) =>
        string.Create(CultureInfo.InvariantCulture, $"No request was answered for about {limit.TotalSeconds:0} seconds while the memory that the daemon may use was used up: it waited for write-back that only it can do");

    /// <summary>Everything that is used in need has run once, so that its code and stack are in memory when that is locked.</summary>
    private static void WarmUp(Func<bool> isShort)
    {
        var trial = new GuardWatch();
        for (int i = 0; i <= GuardWatch.Looks; i++)
            _ = trial.Look(0, busy: true, process: 1, static () => true);
        _ = isShort();
        _ = ChildLibc.kill(System.Environment.ProcessId, 0);
        _ = ConnectionAbort.Use(-1);
    }
}
