using System.IO;
using System.Text;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Output;

/// <summary>
/// Standard output or standard error. Not the framework's console: that sends a terminal escape sequences (keypad mode) when it is first used, on every run.
/// </summary>
internal sealed class TerminalWriter : StreamWriter
{
    private readonly SteadyStream stream;

    private TerminalWriter(SteadyStream stream, int? width)
        : base(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) => (this.stream, AutoFlush, Width) = (stream, true, width);

    /// <summary>Why not all was written, a sentence; null: all was.</summary>
    public string? Failure => stream.Failure;

    /// <summary>Columns of the terminal; null: it is none.</summary>
    public int? Width { get; }

    public static TerminalWriter StandardOutput() => new(new SteadyStream(1), Console.IsOutputRedirected ? null : Columns(1));

    public static TerminalWriter StandardError() => new(new SteadyStream(2), Console.IsErrorRedirected ? null : Columns(2));

    /// <summary>Of any writer.</summary>
    public static int? WidthOf(TextWriter writer) => (writer as TerminalWriter)?.Width;

    private static int Columns(int descriptor)
    {
        const int Usual = 80, Least = 20;
        return Math.Max(Least, TerminalSize.Columns(descriptor) ?? (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out int told) ? told : Usual));
    }
}
