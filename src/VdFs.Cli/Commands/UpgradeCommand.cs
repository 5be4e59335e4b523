using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Text.RegularExpressions;
using VdFs.Cli.Composition;
using VdFs.Cli.Mounting;
using VdFs.Cli.Output;
using VdFs.Cli.Service;
using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs upgrade MOUNTPOINT [--build PATH]`: another build takes the worker's place, under its users.</summary>
internal static partial class UpgradeCommand
{
    private static readonly TimeSpan VersionLimit = TimeSpan.FromSeconds(20);

    /// <summary>A build that is tried has half a minute; then the former one has to begin again.</summary>
    private static readonly TimeSpan TakeOverLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    public static Command Build(CliHost host, Option<bool> json)
    {
        var point = new Argument<string>("MOUNTPOINT") { Description = "Where VdFs is mounted." };
        var build = new Option<string?>("--build") { Description = "The program `vdfs` or the assembly `vdfs.dll` that is to serve. [default: this one]", HelpName = "PATH" };
        var command = new Command("upgrade", "Put another build behind a mount; its users notice a short pause.") { point, build };
        command.SetAction(async (parsed, cancellation) =>
        {
            var mount = MountLookup.Find(host, parsed.GetRequiredValue(point));
            var path = parsed.GetValue(build) is { Length: > 0 } given ? Mounting.WorkingFolder.Absolute(given) : WorkerProgram.Build;
            var version = await AskVersionAsync(path, cancellation).ConfigureAwait(false);
            MountStatus before;
            using (var client = MountLookup.Connect(host, mount, Patience))
            {
                before = await client.StatusAsync(cancellation).ConfigureAwait(false);
                await client.UpgradeAsync(path, cancellation).ConfigureAwait(false);
            }
            var after = await WaitForSuccessorAsync(host, mount, before, cancellation).ConfigureAwait(false);
            if (IsFormer(before, after, path))
            {
                throw new CommandFailedException(ExitCode.Refused,
                    $"The build {path} ({version}) didn't get to serve {mount.MountPoint}, so the former one goes on ({after.Worker.Build}, {after.Version}); the log says why: {after.Mount.Log}.");
            }
            var message = $"{mount.MountPoint} is served by version {after.Version} (pid {after.Pid}) now, after a pause of {after.LastPauseMilliseconds:0} ms.";
            if (parsed.GetValue(json))
                JsonOutput.Write(host.Out, after, ServiceJson.Default.MountStatus);
            else
                await host.Out.WriteLineAsync(message).ConfigureAwait(false);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Whether the former build goes on. What serves may be called otherwise than the path: a script may have started it.</summary>
    private static bool IsFormer(MountStatus before, MountStatus after, string path) =>
        after.FailedUpgrades > before.FailedUpgrades
        // Supervisors of version 0.1's first builds don't count them.
        || (after.Worker.Build != path && after.Worker.Build == before.Worker.Build && Path.GetExtension(path) == ".dll");

    private static async Task<MountStatus> WaitForSuccessorAsync(CliHost host, MountEntry mount, MountStatus before, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var client = MountLookup.Connect(host, mount, Patience);
                var status = await client.StatusAsync(cancellation).ConfigureAwait(false);
                if (status.Pid != before.Pid)
                    return status;
            }
            catch (CommandFailedException) when (host.Mounts().At(mount.MountPoint) is { IsVdFs: true })
            {
                // Between the two of them nobody listens.
            }
            catch (CommandFailedException e)
            {
                throw new CommandFailedException(ExitCode.Refused, $"{mount.MountPoint} was unmounted, or its mount ended, while its worker was to be replaced; the log says which: {before.Mount.Log}.", e);
            }
            if (Stopwatch.GetElapsedTime(start) > TakeOverLimit)
                throw new CommandFailedException(ExitCode.TimedOut, $"The worker of {mount.MountPoint} wasn't replaced within {TakeOverLimit.TotalMinutes:0} minutes; its log says what it is doing: {before.Mount.Log}.");
            await Task.Delay(Step, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>As `vdfs --version` writes it, and nothing more.</summary>
    [GeneratedRegex(@"^[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*$")]
    private static partial Regex VersionText();

    /// <summary>Whether it runs here at all is tried before anything is put at stake.</summary>
    private static async Task<string> AskVersionAsync(string path, CancellationToken cancellation)
    {
        if (!File.Exists(path))
            throw new CommandFailedException(ExitCode.NotFound, $"There is no build at {path}; name the program `vdfs` or the assembly `vdfs.dll`.");
        var command = WorkerProgram.CommandOf(path);
        var start = new ProcessStartInfo(command[0], [.. command.Skip(1), "--version"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(VersionLimit);
        using var process = new Process { StartInfo = start };
        bool started = false;
        try
        {
            started = process.Start();
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            var version = (await process.StandardOutput.ReadToEndAsync(patience.Token).ConfigureAwait(false)).Trim();
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
            if (process.ExitCode == 0 && VersionText().IsMatch(version))
                return version;
            if (process.ExitCode == 0)
                throw new CommandFailedException(ExitCode.Refused, $"{path} isn't a build of VdFs: asked for its version, it says nothing that looks like one. The mount is as it was.");
            var said = (await errors.ConfigureAwait(false)).Trim();
            throw new CommandFailedException(ExitCode.Refused, $"The build {path} doesn't run here ({(said.Length > 0 ? said : $"exit code {process.ExitCode}")}); the mount is as it was.");
        }
        catch (Win32Exception e)
        {
            throw new CommandFailedException(ExitCode.Refused, $"The build {path} can't be started ({e.Message}); the mount is as it was.", e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            if (started)
                process.Kill(entireProcessTree: true);
            throw new CommandFailedException(ExitCode.Refused, $"The build {path} didn't tell its version within {VersionLimit.TotalSeconds:0} seconds; the mount is as it was.", e);
        }
    }
}
