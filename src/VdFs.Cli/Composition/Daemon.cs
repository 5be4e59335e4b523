using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using VdFs.Cli.Mounting;
using VdFs.Cli.Service;

namespace VdFs.Cli.Composition;

/// <summary>The life of the process that serves a mount: mount, service, ready, wait, and all of it back.</summary>
/// <param name="folders">Where its service listens.</param>
/// <param name="logs">Where it logs to.</param>
/// <param name="mount">Mounts, or goes on serving what is mounted; <see cref="CommandFailedException"/> if that can't be.</param>
public sealed class Daemon(RuntimeFolders folders, ILoggerFactory logs, Func<MountRequest, ILoggerFactory, IMountedImages> mount)
{
    private readonly ILogger log = logs.CreateLogger("VdFs");

    /// <summary>Serves until the mount is gone.</summary>
    /// <param name="request">What to mount where.</param>
    /// <param name="ready">Called once, when the mount is live and the service listens.</param>
    public async Task RunAsync(MountRequest request, Action ready)
    {
        folders.Prepare(request.MountPoint);
        var socket = folders.SocketOf(request.MountPoint);
        try
        {
            await using var mounted = mount(request, logs);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Detach(context, mounted));
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Detach(context, mounted));
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, static context => context.Cancel = true);
            await using var service = await ServeAsync(socket, mounted).ConfigureAwait(false);
            log.LogInformation("{What} {Backing} at {MountPoint}, pid {Pid}.", mounted.Succeeds ? "Serving" : "Mounted", request.BackingDirectory, request.MountPoint, Environment.ProcessId);
            ready();
            if (service is not null)
                await Rehearsal.RunAsync(socket, log).ConfigureAwait(false);
            await mounted.Ended.ConfigureAwait(false);
        }
        finally
        {
            File.Delete(socket);
        }
        log.LogInformation("Unmounted {MountPoint}.", request.MountPoint);
    }

    private async Task<ControlService?> ServeAsync(string socket, IMountedImages mounted)
    {
        try
        {
            return await ControlService.StartAsync(socket, mounted.Snapshots, mounted.Backups, mounted, mounted.Succeeds, logs).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Guests' disks hang on the mount: whatever keeps the service from listening, they are served.
        catch (Exception e) when (mounted.Succeeds)
#pragma warning restore CA1031
        {
            log.LogError(e, "The control service can't listen; the mount is served without it, and `vdfs status` will not answer.");
            return null;
        }
        catch
        {
            // What isn't ready must not stay mounted: nobody would be told of it.
            mounted.Detach();
            throw;
        }
    }

    private void Detach(PosixSignalContext context, IMountedImages mounted)
    {
        context.Cancel = true;
        log.LogInformation("{Signal}: unmounting; open files are served until they are closed.", context.Signal);
        mounted.Detach();
    }
}
