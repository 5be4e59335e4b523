using System.CommandLine;
using System.CommandLine.Help;
using VdFs.Cli.Composition;

namespace VdFs.Cli.Commands;

/// <summary>The command `vdfs`: its words, and how every failure becomes one sentence on stderr and an exit code.</summary>
public static class CommandLine
{
    /// <returns>The exit code, as <see cref="ExitCode"/> lists them.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliHost host)
    {
        var root = Build(host);
        var parsed = root.Parse(arguments, new() { ResponseFileTokenReplacer = null });
        bool json = arguments.TakeWhile(argument => argument != "--").Contains("--json");
        bool runs = parsed.Action is not (HelpText or { ClearsParseErrors: true });
        if (runs && arguments.Count == 0)
        {
            HelpText.Write(host.Error, parsed.CommandResult);
            return (int)ExitCode.Usage;
        }
        if (runs && UsageErrors.Find(parsed) is { } wrong)
        {
            await FailAsync(host, json, ExitCode.Usage, $"{wrong} `{UsageErrors.PathOf(parsed.CommandResult)} --help` shows what it takes.").ConfigureAwait(false);
            return UnitExit.Unreadable();
        }
        using var interruption = Interruption.Watch(parsed);
        try
        {
            // No limit after a signal either: a daemon that is told to end still serves what is open, for as long as that takes.
            int code = await parsed.InvokeAsync(new()
            {
                Output = host.Out,
                Error = host.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }, interruption.Token).ConfigureAwait(false);
            if (code != (int)ExitCode.Ok || host.OutFailure() is not { } failure)
                return code;
            await host.Error.WriteLineAsync($"vdfs: all was done, but the answer didn't get out. {failure}").ConfigureAwait(false);
            return (int)ExitCode.Unexpected;
        }
        catch (CommandFailedException e)
        {
            return await FailAsync(host, json, e.Code, e.Message).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return await FailAsync(host, json, ExitCode.Interrupted, Interruption.Words(parsed)).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The last resort of a command: whatever it is becomes a message and an exit code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            int code = await FailAsync(host, json, ExitCode.Unexpected, $"an unexpected error: {e.Message} ({e.GetType().Name}); set VDFS_TRACE=1 to see where, and report it.").ConfigureAwait(false);
            if (Environment.GetEnvironmentVariable("VDFS_TRACE") == "1")
                await host.Error.WriteLineAsync(e.ToString()).ConfigureAwait(false);
            return code;
        }
    }

    private static async Task<int> FailAsync(CliHost host, bool json, ExitCode code, string message)
    {
        await Output.ErrorAnswer.WriteAsync(host, json, code, message).ConfigureAwait(false);
        return (int)code;
    }

    public static RootCommand Build(CliHost host)
    {
        var json = new Option<bool>("--json") { Description = "Answer as one JSON value.", Recursive = true };
        var root = new RootCommand("Change tracking and snapshots for disk images on a mount.");
        root.Options.Add(json);
        root.Subcommands.Add(MountCommand.Build(host, json));
        root.Subcommands.Add(MountCommand.BuildSupervise(host));
        root.Subcommands.Add(MountCommand.BuildServe(host));
        root.Subcommands.Add(UnmountCommand.Build(host, json));
        root.Subcommands.Add(UpgradeCommand.Build(host, json));
        root.Subcommands.Add(StatusCommand.Build(host, json));
        root.Subcommands.Add(SetCommand.Build(host, json));
        root.Subcommands.Add(SnapshotCommand.Build(host, json));
        root.Subcommands.Add(ChangesCommand.Build(host, json));
        root.Subcommands.Add(CheckCommand.Build(host, json));
        root.Subcommands.Add(BackupCommand.Build(host, json));
        root.Subcommands.Add(BackupListCommand.Build(host, json));
        root.Subcommands.Add(RestoreCommand.Build(host, json));
        root.Subcommands.Add(VerifyCommand.Build(host, json));
        root.Subcommands.Add(PruneCommand.Build(host, json));
        root.Subcommands.Add(DiffCommand.Build(host, json));
        root.Subcommands.Add(DoctorCommand.Build(host, json));
        foreach (var option in root.Options)
        {
            if (option is HelpOption)
                option.Action = new HelpText();
        }
        return root;
    }
}
