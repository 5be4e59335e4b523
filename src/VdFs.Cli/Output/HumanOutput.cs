using System.IO;
using System.Text;

namespace VdFs.Cli.Output;

/// <summary>Tables for people, within a terminal's width; where the output is none, a row is a line. Nothing in a cell reaches the terminal but text.</summary>
internal static class HumanOutput
{
    private const string Gap = "  ";

    /// <summary>No column is made narrower.</summary>
    private const int Narrowest = 12;

    /// <param name="output">Where to.</param>
    /// <param name="headings">A heading that begins with `&gt;` makes a column of numbers, set to the right and never broken.</param>
    /// <param name="rows">One cell per heading.</param>
    /// <param name="width">Of the terminal; null: there is none.</param>
    /// <param name="leastFirst">Headings whose columns are left out, in this order, until all fits the width; what doesn't fit even then is wider.</param>
    public static void Table(TextWriter output, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows, int? width = null, IReadOnlyList<string>? leastFirst = null)
    {
        int? limit = width ?? TerminalWriter.WidthOf(output);
        if (limit is { } columns && leastFirst is not null)
            (headings, rows) = Fit(headings, [.. rows], columns, leastFirst);
        bool[] numbers = [.. headings.Select(heading => heading.StartsWith('>'))];
        var all = rows.Select(row => row.Select(Shown.Text).ToArray()).Prepend([.. headings.Select(heading => heading.TrimStart('>'))]).ToList();
        int[] widths = [.. headings.Select((_, column) => all.Max(row => row[column].Length))];
        // What stays after columns were left out is wide enough to be read, or the terminal is too narrow for any table.
        if (limit is { } room && leastFirst is null)
            Narrow(widths, numbers, room);
        foreach (var row in all)
            Write(output, row, widths, numbers);
    }

    /// <summary>Two columns without a frame: what, and its value.</summary>
    public static void Pairs(TextWriter output, IEnumerable<(string Name, string Value)> pairs)
    {
        var all = pairs.ToList();
        int width = all.Max(pair => pair.Name.Length);
        int room = TerminalWriter.WidthOf(output) is { } limit ? Math.Max(Narrowest, limit - width - Gap.Length) : int.MaxValue;
        foreach (var (name, value) in all)
        {
            string before = name.PadRight(width);
            foreach (string line in TextWrap.Lines(Shown.Text(value), room))
            {
                output.WriteLine((before + Gap + line).TrimEnd());
                before = new string(' ', width);
            }
        }
    }

    private static (IReadOnlyList<string> Headings, IEnumerable<IReadOnlyList<string>> Rows) Fit(
        IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows, int width, IReadOnlyList<string> leastFirst)
    {
        // A blank more than the gap: columns that only just fit are hard to read.
        int[] widths = [.. headings.Select((h, i) => rows.Select(r => r[i].Length).Append(h.TrimStart('>').Length).Max() + Gap.Length + 1)];
        var left = Enumerable.Range(0, headings.Count).ToList();
        foreach (string heading in leastFirst)
        {
            if (left.Sum(i => widths[i]) <= width)
                break;
            left.RemoveAll(i => headings[i] == heading);
        }
        return ([.. left.Select(i => headings[i])], rows.Select(r => (IReadOnlyList<string>)[.. left.Select(i => r[i])]));
    }

    /// <summary>Takes from the widest columns of text until a row fits, or all are narrow.</summary>
    private static void Narrow(int[] widths, bool[] numbers, int limit)
    {
        while (widths.Sum() + (Gap.Length * (widths.Length - 1)) > limit)
        {
            int widest = -1;
            for (int i = 0; i < widths.Length; i++)
            {
                if (!numbers[i] && widths[i] > Narrowest && (widest < 0 || widths[i] > widths[widest]))
                    widest = i;
            }
            if (widest < 0)
                return;
            widths[widest]--;
        }
    }

    private static void Write(TextWriter output, string[] row, int[] widths, bool[] numbers)
    {
        var cells = row.Select((cell, column) => numbers[column] ? [cell] : TextWrap.Lines(cell, widths[column])).ToList();
        for (int line = 0; line < cells.Max(cell => cell.Count); line++)
        {
            var text = new StringBuilder();
            for (int column = 0; column < row.Length; column++)
            {
                string part = line < cells[column].Count ? cells[column][line] : "";
                text.Append(column > 0 ? Gap : "").Append(numbers[column] ? part.PadLeft(widths[column]) : part.PadRight(widths[column]));
            }
            output.WriteLine(text.ToString().TrimEnd());
        }
    }
}
