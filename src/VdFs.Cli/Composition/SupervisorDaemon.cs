using System.Runtime.InteropServices;
using VdFs.Cli.Mounting;
using VdFs.Cli.Service;
using VdFs.Fuse.Native;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>The life of the supervisor's process.</summary>
public static class SupervisorDaemon
{
    /// <summary>Holds the mount until it is gone. <see cref="CommandFailedException"/> if it can't go live.</summary>
    /// <param name="request">What to mount where.</param>
    /// <param name="folders">Where the daemon's lock lies.</param>
    /// <param name="ready">Called once, with the worker's process id, when it serves.</param>
    public static void Run(MountRequest request, RuntimeFolders folders, Action<int> ready)
    {
        var log = new SupervisorLog();
        // On this thread, which starts the workers.
        MemoryStandby.Prepare();
        _ = MemoryStandby.TryFlushWithoutWaiting();
        using var held = MountHoldings.Open(request, folders, out var memory);
        using (memory)
        using (var supervisor = new Supervisor(held, memory, new SupervisedMount(request, log), log, TimeSpan.FromSeconds(request.HangLimit)))
        using (Handle(PosixSignal.SIGTERM, supervisor.RequestDetach))
        using (Handle(PosixSignal.SIGINT, supervisor.RequestDetach))
        using (Handle(PosixSignal.SIGHUP, static () => { }))
        {
            bool told = false;
            var end = supervisor.Run(worker =>
            {
                told = true;
                ready(worker);
            });
            // After giving up it stays guarded: nobody is to fill the bare directory in place of the images.
            if (end.Code == 0 || !told)
                SupervisedMount.GiveBack(request);
            if (end.Code != 0)
                throw new CommandFailedException((ExitCode)end.Code, end.Message);
        }
    }

    private static PosixSignalRegistration Handle(PosixSignal signal, Action action) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        action();
    });
}
