using System.IO;
using Spectre.Console;

namespace VdFs.Cli.Output;

/// <summary>Tables for people. Text is never taken as markup, and lines aren't broken where the output isn't a terminal.</summary>
internal static class HumanOutput
{
    /// <param name="output">Where to.</param>
    /// <param name="headings">A heading that begins with `&gt;` makes a column of numbers, set to the right.</param>
    /// <param name="rows">One cell per heading.</param>
    /// <param name="width">Of the terminal; null: there is none.</param>
    /// <param name="leastFirst">Headings whose columns are left out, in this order, until all fits the width; what doesn't fit even then is wider.</param>
    public static void Table(TextWriter output, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows, int? width = null, IReadOnlyList<string>? leastFirst = null)
    {
        if (width is { } columns)
            (headings, rows) = Fit(headings, [.. rows], columns, leastFirst ?? []);
        var table = new Table { Border = TableBorder.Simple };
        foreach (var heading in headings)
        {
            bool number = heading.StartsWith('>');
            var column = new TableColumn(new Text(number ? heading[1..] : heading)) { NoWrap = true };
            table.AddColumn(number ? column.RightAligned() : column);
        }
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(Shown.Text(cell))));
        Write(output, table);
    }

    /// <summary>Two columns without a frame: what, and its value.</summary>
    public static void Pairs(TextWriter output, IEnumerable<(string Name, string Value)> pairs)
    {
        var all = pairs.ToList();
        int width = all.Max(pair => pair.Name.Length);
        foreach (var (name, value) in all)
            output.WriteLine($"{name.PadRight(width)}  {Shown.Text(value)}");
    }

    private static (IReadOnlyList<string> Headings, IEnumerable<IReadOnlyList<string>> Rows) Fit(
        IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows, int width, IReadOnlyList<string> leastFirst)
    {
        // Each column has a blank on either side, and there is one more between columns.
        int[] widths = [.. headings.Select((h, i) => rows.Select(r => r[i].Length).Append(h.TrimStart('>').Length).Max() + 3)];
        var left = Enumerable.Range(0, headings.Count).ToList();
        foreach (string heading in leastFirst)
        {
            if (left.Sum(i => widths[i]) <= width)
                break;
            left.RemoveAll(i => headings[i] == heading);
        }
        return ([.. left.Select(i => headings[i])], rows.Select(r => (IReadOnlyList<string>)[.. left.Select(i => r[i])]));
    }

    private static void Write(TextWriter output, Table table)
    {
        var console = AnsiConsole.Create(new()
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        if (console.Profile.Width < 400)
            console.Profile.Width = 400;
        using var text = new StringWriter();
        console.Profile.Out = new AnsiConsoleOutput(text);
        console.Write(table);
        foreach (var line in text.ToString().Split('\n'))
            if (!string.IsNullOrWhiteSpace(line))
                output.WriteLine(line.TrimEnd());
    }
}
