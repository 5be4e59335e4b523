using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using VdFs.Cli.Composition;

namespace VdFs.Cli.Commands;

/// <summary>The command `vdfs`: its words, and how every failure becomes one sentence on stderr and an exit code.</summary>
public static class CommandLine
{
    /// <returns>The exit code, as <see cref="ExitCode"/> lists them.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliHost host)
    {
        var parsed = Build(host).Parse(arguments, new() { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            var path = CommandPath(parsed.CommandResult);
            await host.Error.WriteLineAsync($"vdfs: {FirstError(parsed)} `{path} --help` shows what it takes.").ConfigureAwait(false);
            return UnitExit.Unreadable();
        }
        try
        {
            // No limit after a signal either: a daemon that is told to end still serves what is open, for as long as that takes.
            return await parsed.InvokeAsync(new()
            {
                Output = host.Out,
                Error = host.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }).ConfigureAwait(false);
        }
        catch (CommandFailedException e)
        {
            await host.Error.WriteLineAsync("vdfs: " + e.Message).ConfigureAwait(false);
            return (int)e.Code;
        }
        catch (OperationCanceledException)
        {
            await host.Error.WriteLineAsync("vdfs: interrupted; what was asked for may or may not have been done.").ConfigureAwait(false);
            return (int)ExitCode.Unexpected;
        }
#pragma warning disable CA1031 // The last resort of a command: whatever it is becomes a message and an exit code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await host.Error.WriteLineAsync($"vdfs: an unexpected error: {e.Message} ({e.GetType().Name}); set VDFS_TRACE=1 to see where, and report it.").ConfigureAwait(false);
            if (Environment.GetEnvironmentVariable("VDFS_TRACE") == "1")
                await host.Error.WriteLineAsync(e.ToString()).ConfigureAwait(false);
            return (int)ExitCode.Unexpected;
        }
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
            if (option is HelpOption { Action: HelpAction help })
                option.Action = new HelpWithExitCodes(help);
        }
        return root;
    }

    private static string FirstError(ParseResult parsed)
    {
        var message = parsed.Errors.Count > 0 ? parsed.Errors[0].Message : "The command line can't be read.";
        return message.EndsWith('.') ? message : message + ".";
    }

    private static string CommandPath(CommandResult command)
    {
        var names = new List<string>();
        for (SymbolResult? one = command; one is not null; one = one.Parent)
        {
            if (one is CommandResult { Command: var known })
                names.Insert(0, known is RootCommand ? "vdfs" : known.Name);
        }
        return string.Join(' ', names);
    }

    /// <summary>The help of `vdfs` itself ends with the exit codes; that of its commands is as it is.</summary>
    private sealed class HelpWithExitCodes(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int result = help.Invoke(parseResult);
            if (parseResult.CommandResult.Command is RootCommand)
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Exit codes:");
                foreach (var (code, meaning) in ExitCodes.Help)
                    output.WriteLine($"  {(int)code}  {meaning}");
            }
            return result;
        }
    }
}
