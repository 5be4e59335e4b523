using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using VdFs.Cli.Mounting;
using VdFs.Cli.Service;

namespace VdFs.Cli.Composition;

/// <summary>The life of the process that serves a mount: lock, mount, service, ready, wait, and all of it back.</summary>
/// <param name="folders">Where its service listens.</param>
/// <param name="logs">Where it logs to.</param>
/// <param name="mount">Mounts; <see cref="CommandFailedException"/> if that can't be.</param>
/// <remarks>Disposing gives the lock back. A daemon's process doesn't: its end does, so that who waits for the lock waits for the process.</remarks>
public sealed class Daemon(RuntimeFolders folders, ILoggerFactory logs, Func<MountRequest, ILoggerFactory, IMountedImages> mount) : IDisposable
{
    private readonly ILogger log = logs.CreateLogger("VdFs");
    private IDisposable? daemonLock;

    /// <summary>Serves until the mount is gone.</summary>
    /// <param name="request">What to mount where.</param>
    /// <param name="ready">Called once, when the mount is live and the service listens.</param>
    public async Task RunAsync(MountRequest request, Action ready)
    {
        folders.Prepare(request.MountPoint);
        daemonLock = await DaemonLock.TakeAsync(folders.LockOf(request.MountPoint), TimeSpan.FromSeconds(2)).ConfigureAwait(false)
            ?? throw new CommandFailedException(ExitCode.Exists, $"Another daemon serves {request.MountPoint}, or is just ending; see `vdfs status`, and try again.");
        var socket = folders.SocketOf(request.MountPoint);
        try
        {
            await using var mounted = mount(request, logs);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Detach(context, mounted));
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Detach(context, mounted));
            // What isn't ready must not stay mounted: nobody would be told of it.
            try
            {
                await using var service = await ControlService.StartAsync(socket, mounted.Snapshots, mounted, logs).ConfigureAwait(false);
                log.LogInformation("Mounted {Backing} at {MountPoint}, pid {Pid}.", request.BackingDirectory, request.MountPoint, Environment.ProcessId);
                ready();
                await mounted.Ended.ConfigureAwait(false);
            }
            catch
            {
                mounted.Detach();
                throw;
            }
        }
        finally
        {
            File.Delete(socket);
        }
        log.LogInformation("Unmounted {MountPoint}.", request.MountPoint);
    }

    public void Dispose() => daemonLock?.Dispose();

    private void Detach(PosixSignalContext context, IMountedImages mounted)
    {
        context.Cancel = true;
        log.LogInformation("{Signal}: unmounting; open files are served until they are closed.", context.Signal);
        mounted.Detach();
    }
}
