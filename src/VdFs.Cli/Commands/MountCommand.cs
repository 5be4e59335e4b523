using System.CommandLine;
using VdFs.Cli.Composition;
using VdFs.Cli.Mounting;
using VdFs.Cli.Output;
using VdFs.Cli.Service;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs mount IMAGES MOUNTPOINT`, and the hidden `vdfs serve`, which is the daemon that it starts.</summary>
internal static class MountCommand
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);

    public static Command Build(CliHost host, Option<bool> json)
    {
        var words = new MountWords();
        var foreground = new Option<bool>("--foreground", "-f") { Description = "Serve in this process and log to the terminal, until unmounted or interrupted." };
        var command = new Command("mount", "Mount a directory of disk images, with tracking and snapshots.");
        words.AddTo(command);
        command.Options.Add(foreground);
        command.SetAction(async (parsed, cancellation) =>
        {
            var mounts = host.Mounts();
            var request = words.Read(parsed, host, mounts);
            if (MountRules.Check(request, MountFacts.Gather(request, mounts, host.User)) is { } refused)
                throw refused;
            if (parsed.GetValue(foreground))
            {
                await ServeHereAsync(host, request, parsed.GetValue(json)).ConfigureAwait(false);
                return (int)ExitCode.Ok;
            }
            int pid = await DetachedDaemon.StartAsync(request, ReadyLimit, cancellation).ConfigureAwait(false);
            Tell(host, request, pid, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    public static Command BuildServe(CliHost host)
    {
        var words = new MountWords();
        var command = new Command("serve", "The daemon of a mount; `vdfs mount` starts it.") { Hidden = true };
        words.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            var request = words.Read(parsed, host, host.Mounts());
            var log = LogFile.PathFor(request, host.User);
            var starter = DetachedDaemon.Begin(log);
            bool told = false;
            using var logs = LogFile.Open();
            try
            {
                await new Daemon(host.Folders, logs, (what, where) => MountHost.Start(what, log, where)).RunAsync(request, () =>
                {
                    told = true;
                    DetachedDaemon.TellReady(starter);
                }).ConfigureAwait(false);
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

    private static async Task ServeHereAsync(CliHost host, MountRequest request, bool json)
    {
        using var logs = LogFile.Open();
        await new Daemon(host.Folders, logs, (what, where) => MountHost.Start(what, "", where)).RunAsync(request, () => Tell(host, request, Environment.ProcessId, json)).ConfigureAwait(false);
    }

    private static void Tell(CliHost host, MountRequest request, int pid, bool json)
    {
        var snapshots = request.MountPoint.TrimEnd('/') + "/.snapshots";
        if (json)
            JsonOutput.Write(host.Out, new(request.MountPoint, snapshots, request.BackingDirectory, pid), ServiceJson.Default.Mounted);
        else
            host.Out.WriteLine($"The images of {request.BackingDirectory} are at {request.MountPoint}, snapshots at {snapshots} (mkdir takes one, rmdir releases it).");
    }
}
