using System.CommandLine;
using VdFs.Cli.Composition;
using VdFs.Cli.Mounting;
using VdFs.Cli.Output;
using VdFs.Cli.Service;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs mount IMAGES MOUNTPOINT`, the hidden `vdfs supervise`, which is the daemon that it starts, and `vdfs serve`, the worker that the latter starts.</summary>
internal static class MountCommand
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);

    public static Command Build(CliHost host, Option<bool> json)
    {
        var words = new MountWords();
        var foreground = new Option<bool>("--foreground", "-f") { Description = "Serve in this process and log to the terminal, until unmounted or interrupted." };
        var underSystemd = new Option<bool>("--under-systemd") { Description = "Be the main process of a systemd unit, whose descriptor store holds the mount (see vdfs@.service)." };
        var command = new Command("mount", "Mount a directory of disk images, with tracking and snapshots.");
        words.AddTo(command);
        command.Options.Add(foreground);
        command.Options.Add(underSystemd);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(underSystemd))
                return await UnitDaemon.RunAsync(mounts => words.Read(parsed, host, mounts), host).ConfigureAwait(false);
            var request = MountAdmission.Admit(host, mounts => words.Read(parsed, host, mounts));
            // Asked before the mount notes its own state, told when it is there: what is refused has one sentence.
            var warning = StateTrace.Warning(request);
            if (parsed.GetValue(foreground))
            {
                SupervisorDaemon.Run(request, host.Folders, worker => Tell(host, request, worker, warning, parsed.GetValue(json)));
                return (int)ExitCode.Ok;
            }
            int pid = await DetachedDaemon.StartAsync(request, ReadyLimit, cancellation).ConfigureAwait(false);
            Tell(host, request, pid, warning, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    public static Command BuildSupervise(CliHost host)
    {
        var words = new MountWords();
        var command = new Command("supervise", "The daemon of a mount, which starts its worker; `vdfs mount` starts it.") { Hidden = true };
        words.AddTo(command);
        command.SetAction(parsed =>
        {
            var request = words.Read(parsed, host, host.Mounts());
            var log = LogFile.PathFor(request, host.User);
            var starter = DetachedDaemon.Begin(log);
            bool told = false;
            try
            {
                SupervisorDaemon.Run(request, host.Folders, worker =>
                {
                    told = true;
                    DetachedDaemon.TellReady(starter, worker);
                });
                return (int)ExitCode.Ok;
            }
            catch (CommandFailedException e) when (!told)
            {
                DetachedDaemon.Fail(starter, e.Code, e.Message);
                return (int)e.Code;
            }
            catch (Exception e) when (!told)
            {
                DetachedDaemon.Fail(starter, ExitCode.Unexpected, $"The daemon failed: {e.Message} ({e.GetType().Name}); see {log}.");
                throw;
            }
        });
        return command;
    }

    public static Command BuildServe(CliHost host)
    {
        var words = new MountWords();
        var command = new Command("serve", "The worker of a mount; its supervisor starts it.") { Hidden = true };
        words.AddTo(command);
        command.SetAction((parsed, _) => WorkerDaemon.RunAsync(words.Read(parsed, host, host.Mounts()), host));
        return command;
    }

    private static void Tell(CliHost host, MountRequest request, int pid, string? warning, bool json)
    {
        if (warning is not null)
            host.Error.WriteLine("vdfs: warning: " + warning);
        var snapshots = request.MountPoint.TrimEnd('/') + "/.snapshots";
        if (json)
            JsonOutput.Write(host.Out, new(request.MountPoint, snapshots, request.BackingDirectory, pid), ServiceJson.Default.Mounted);
        else
            host.Out.WriteLine($"The images of {request.BackingDirectory} are at {request.MountPoint}, snapshots at {snapshots} (mkdir takes one, rmdir releases it).");
    }
}
