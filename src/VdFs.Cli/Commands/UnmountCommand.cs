using System.CommandLine;
using VdFs.Cli.Mounting;
using VdFs.Cli.Output;
using VdFs.Cli.Service;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs unmount MOUNTPOINT [--lazy]`: returns when the daemon has ended, so that the next mount finds nothing in its way.</summary>
internal static class UnmountCommand
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(60);

    public static Command Build(CliHost host, Option<bool> json)
    {
        var point = new Argument<string>("MOUNTPOINT") { Description = "Where VdFs is mounted." };
        var lazy = new Option<bool>("--lazy", "-z") { Description = "Take the name away even if files are open; they are served until they are closed." };
        var command = new Command("unmount", "Unmount, and wait until all is written and the daemon has ended.") { point, lazy };
        command.Aliases.Add("umount");
        command.SetAction(async (parsed, cancellation) =>
        {
            var mount = MountLookup.Find(host, parsed.GetRequiredValue(point));
            bool detach = parsed.GetValue(lazy);
            var locks = host.Folders.LockCandidates(mount).ToList();
            await Unmounter.UnmountAsync(mount.MountPoint, detach, cancellation).ConfigureAwait(false);
            var message = $"{mount.MountPoint} is unmounted.";
            if (detach)
            {
                message = $"{mount.MountPoint} is gone; its daemon ends when the last open file is closed.";
            }
            else
            {
                foreach (var one in locks)
                {
                    if (!await DaemonLock.WaitUntilFreeAsync(one, EndLimit, cancellation).ConfigureAwait(false))
                        throw new CommandFailedException(ExitCode.TimedOut, $"{mount.MountPoint} is unmounted, but its daemon hasn't ended within {EndLimit.TotalSeconds:0} seconds; its log says what it is doing.");
                }
            }
            if (parsed.GetValue(json))
                JsonOutput.Write(host.Out, new(message), ServiceJson.Default.Done);
            else
                await host.Out.WriteLineAsync(message).ConfigureAwait(false);
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
