using System.IO;
using System.Text;
using Spectre.Console;

namespace VdFs.Cli.Output;

/// <summary>The terminal as progress bars draw on it, without the framework's console; see <see cref="TerminalWriter"/>.</summary>
internal sealed class ProgressTerminal(TextWriter writer) : IAnsiConsoleOutput
{
    public TextWriter Writer { get; } = writer;

    public bool IsTerminal => true;

    public int Width => TerminalWriter.WidthOf(Writer) ?? 80;

    public int Height => 24;

    public void SetEncoding(Encoding encoding)
    {
        // It is UTF-8.
    }

    public static IAnsiConsole Open(TextWriter writer) => AnsiConsole.Create(new()
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = ColorSystemSupport.Standard,
        Interactive = InteractionSupport.Yes,
        Out = new ProgressTerminal(writer),
    });
}
