using System.CommandLine;
using System.Runtime.InteropServices;

namespace VdFs.Cli.Commands;

/// <summary>Ctrl-C and SIGTERM of a command that isn't a daemon: the first cancels it, so that it can tidy up and say what remains; a second ends it at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly List<PosixSignalRegistration> handlers = [];

    private Interruption()
    {
    }

    public CancellationToken Token => stop.Token;

    public static Interruption Watch(ParseResult parsed)
    {
        var interruption = new Interruption();
        // Those are daemons, which take signals by themselves and serve on until files are closed.
        bool daemon = parsed.CommandResult.Command is { Hidden: true } || parsed.Tokens.Any(token => token.Value is "--foreground" or "-f" or "--under-systemd");
        if (!daemon)
        {
            interruption.handlers.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, interruption.Stop));
            interruption.handlers.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, interruption.Stop));
        }
        return interruption;
    }

    /// <summary>What remains of a command that was interrupted.</summary>
    public static string Words(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (System.CommandLine.Parsing.SymbolResult? one = parsed.CommandResult; one is System.CommandLine.Parsing.CommandResult { Command: var command }; one = one.Parent)
            names.Push(command.Name);
        return "Interrupted: " + string.Join(' ', names.Skip(1)) switch
        {
            "mount" => "the daemon that was being started is ended, and nothing of it stays mounted; `vdfs status` shows what is.",
            "unmount" => "the mount may end all the same, when its daemon has written its state; `vdfs status` shows it.",
            "upgrade" => "the other build may take over all the same; `vdfs status` shows which one serves.",
            "snapshot create" or "snapshot release" or "snapshot rename" or "snapshot delete" => "the mount may have done it all the same; `vdfs snapshot list` shows it.",
            "set" => "the mount may have done it all the same; `vdfs status` shows it.",
            "check" => "what was repaired by then stays repaired, and nothing else was changed; check again.",
            "backup" => "there is no backup of this run, and what it had begun is cleared away. Backups that are complete are as they were.",
            "restore" => "images that were told as restored are whole, the one under way is not there; no other file was changed.",
            "prune" => "what it had begun is cleared away, and every backup that was to stay can be restored; prune again.",
            _ => "nothing was changed.",
        };
    }

    public void Dispose()
    {
        foreach (var handler in handlers)
            handler.Dispose();
        stop.Dispose();
    }

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    }
}
