using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.IO;
using VdFs.Cli.Output;

namespace VdFs.Cli.Commands;

/// <summary>The help of every command: lines within the terminal's width, broken between words. That of `vdfs` itself ends with the exit codes.</summary>
internal sealed class HelpText : SynchronousCommandLineAction
{
    private const int WidthWithoutTerminal = 120;

    /// <summary>Longer names stand on a line of their own.</summary>
    private const int NameColumn = 34;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult.InvocationConfiguration.Output, parseResult.CommandResult);
        return 0;
    }

    public static void Write(TextWriter output, CommandResult result)
    {
        int width = TerminalWriter.WidthOf(output) ?? WidthWithoutTerminal;
        var command = result.Command;
        string path = UsageErrors.PathOf(result);
        foreach (string line in TextWrap.Lines(command.Description ?? "", width))
            output.WriteLine(line);
        output.WriteLine();
        output.WriteLine("Usage:");
        var commands = command.Subcommands.Where(one => !one.Hidden).ToList();
        string words = string.Join(' ', command.Arguments.Where(one => !one.Hidden).Select(UsageErrors.Form));
        Indented(output, $"{path} {(words.Length > 0 ? words + " " : "")}{(commands.Count > 0 ? "COMMAND ..." : "[options]")}", width);
        Section(output, "Arguments:", command.Arguments.Where(one => !one.Hidden).Select(one => (one.Name, one.Description ?? "")), width);
        Section(output, "Commands:", commands.Select(one => (one.Name, one.Description ?? "")), width);
        Section(output, "Options:", UsageErrors.OptionsOf(result).Where(one => !one.Hidden).Select(one => (Name(one), one.Description ?? "")), width);
        if (command is RootCommand)
            Section(output, "Exit codes:", ExitCodes.Help.Select(one => ($"{(int)one.Code}", one.Meaning)), width);
    }

    private static string Name(Option option)
    {
        var names = option.Aliases.Prepend(option.Name).Where(name => name != "/?" && name != "/h").OrderByDescending(name => name.Length);
        string required = option.Required ? " (required)" : "";
        return string.Join(", ", names) + (option.HelpName is { } value && option.ValueType != typeof(bool) ? " " + value : "") + required;
    }

    private static void Section(TextWriter output, string heading, IEnumerable<(string Name, string Description)> entries, int width)
    {
        var all = entries.ToList();
        if (all.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine(heading);
        int column = Math.Min(NameColumn, Math.Min(all.Max(entry => entry.Name.Length), Math.Max(8, width / 3)));
        foreach (var (name, description) in all)
        {
            string before = "  " + name.PadRight(column);
            var lines = TextWrap.Lines(description, width - column - 4);
            if (name.Length > column)
            {
                output.WriteLine("  " + name);
                before = new string(' ', column + 2);
            }
            foreach (string line in lines)
            {
                output.WriteLine($"{before}  {line}".TrimEnd());
                before = new string(' ', column + 2);
            }
        }
    }

    private static void Indented(TextWriter output, string text, int width)
    {
        foreach (string line in TextWrap.Lines(text, width - 2))
            output.WriteLine("  " + line);
    }
}
