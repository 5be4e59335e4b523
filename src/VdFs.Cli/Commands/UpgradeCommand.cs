using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using VdFs.Cli.Composition;
using VdFs.Cli.Output;
using VdFs.Cli.Service;
using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Commands;

/// <summary>`vdfs upgrade MOUNTPOINT [--build PATH]`: another build takes the worker's place, under its users.</summary>
internal static class UpgradeCommand
{
    private static readonly TimeSpan VersionLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan TakeOverLimit = TimeSpan.FromMinutes(5);
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
            var path = parsed.GetValue(build) is { Length: > 0 } given ? Path.GetFullPath(given) : WorkerProgram.Build;
            var version = await AskVersionAsync(path, cancellation).ConfigureAwait(false);
            MountStatus before;
            using (var client = MountLookup.Connect(host, mount, Patience))
            {
                before = await client.StatusAsync(cancellation).ConfigureAwait(false);
                await client.UpgradeAsync(path, cancellation).ConfigureAwait(false);
            }
            var after = await WaitForSuccessorAsync(host, mount, before, cancellation).ConfigureAwait(false);
            if (after.Worker.Build != path)
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
            catch (CommandFailedException) when (Stopwatch.GetElapsedTime(start) < TakeOverLimit)
            {
                // Between the two of them nobody listens.
            }
            if (Stopwatch.GetElapsedTime(start) > TakeOverLimit)
                throw new CommandFailedException(ExitCode.TimedOut, $"The worker of {mount.MountPoint} wasn't replaced within {TakeOverLimit.TotalMinutes:0} minutes; its log says what it is doing: {before.Mount.Log}.");
            await Task.Delay(Step, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Whether it runs here at all is tried before anything is put at stake.</summary>
    private static async Task<string> AskVersionAsync(string path, CancellationToken cancellation)
    {
        if (!File.Exists(path))
            throw new CommandFailedException(ExitCode.NotFound, $"There is no build at {path}; name the program `vdfs` or the assembly `vdfs.dll`.");
        var command = WorkerProgram.CommandOf(path);
        var start = new ProcessStartInfo(command[0], [.. command.Skip(1), "--version"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(VersionLimit);
        try
        {
            using var process = Process.Start(start) ?? throw new Win32Exception();
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            var version = (await process.StandardOutput.ReadToEndAsync(patience.Token).ConfigureAwait(false)).Trim();
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
            if (process.ExitCode == 0 && version.Length > 0)
                return version;
            throw new CommandFailedException(ExitCode.Refused, $"The build {path} doesn't run here ({(await errors.ConfigureAwait(false)).Trim()}); the mount is as it was.");
        }
        catch (Win32Exception e)
        {
            throw new CommandFailedException(ExitCode.Refused, $"The build {path} can't be started ({e.Message}); the mount is as it was.", e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandFailedException(ExitCode.Refused, $"The build {path} didn't tell its version within {VersionLimit.TotalSeconds:0} seconds; the mount is as it was.", e);
        }
    }
}
