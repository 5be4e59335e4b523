using System.IO;
using VdFs.Cli.Mounting;
using VdFs.Cli.Output;
using VdFs.Cli.Service;
using VdFs.Fuse.Native;

namespace VdFs.Cli;

/// <summary>What commands see of the world around them; tests give their own.</summary>
public sealed class CliHost
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Asks the person at the terminal, and gives the line that was typed; null: there is no terminal to ask at.</summary>
    public Func<string, string?> Ask { get; init; } = static _ => null;

    /// <summary>Why <see cref="Out"/> couldn't be written; null: it could.</summary>
    public Func<string?> OutFailure { get; init; } = () => null;

    /// <summary>Whether <see cref="Out"/> is a terminal, on which progress can be drawn.</summary>
    public bool Terminal { get; init; }

    /// <summary>Columns of that terminal; null: there is none.</summary>
    public int? Width { get; init; }

    /// <summary>Effective user id.</summary>
    public required uint User { get; init; }

    /// <summary>Reads the table of mounts anew.</summary>
    public required Func<MountView> Mounts { get; init; }

    public required RuntimeFolders Folders { get; init; }

    /// <summary>Says a sentence that isn't the answer.</summary>
    public void Tell(string sentence) => Error.WriteLine("vdfs: " + sentence);

    /// <summary>The same with all that is for people on standard error: standard output gets an image.</summary>
    public CliHost WithoutOutput() => new()
    {
        Out = Error, Error = Error, Ask = Ask, Terminal = Terminal, Width = Width, User = User, Mounts = Mounts, Folders = Folders,
    };

    public static CliHost OfThisProcess()
    {
        uint user = ProcessCalls.EffectiveUser();
        var output = TerminalWriter.StandardOutput();
        return new()
        {
            Out = output,
            Error = TerminalWriter.StandardError(),
            OutFailure = () => output.Failure,
            Terminal = !Console.IsOutputRedirected && !Console.IsErrorRedirected,
            Width = Console.IsOutputRedirected ? null : ProcessCalls.TerminalWidth(),
            Ask = AskAtTerminal,
            User = user,
            Mounts = MountView.Read,
            Folders = RuntimeFolders.For(user, Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR")),
        };
    }

    private static string? AskAtTerminal(string question)
    {
        if (Console.IsInputRedirected || Console.IsErrorRedirected)
            return null;
        using var error = TerminalWriter.StandardError();
        error.Write(question);
        using var input = new StreamReader(Console.OpenStandardInput());
        return input.ReadLine() ?? "";
    }
}
