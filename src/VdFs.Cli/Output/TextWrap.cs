namespace VdFs.Cli.Output;

/// <summary>Text in lines of at most so many columns, broken between words; a word that is longer than a line is broken where it has to be.</summary>
internal static class TextWrap
{
    public static IReadOnlyList<string> Lines(string text, int width)
    {
        width = Math.Max(1, width);
        if (text.Length <= width)
            return [text];
        var lines = new List<string>();
        string line = "";
        foreach (string word in text.Split(' '))
        {
            string rest = word;
            if (line.Length > 0 && line.Length + 1 + rest.Length <= width)
            {
                line += " " + rest;
                continue;
            }
            if (line.Length > 0)
                lines.Add(line);
            for (; rest.Length > width; rest = rest[width..])
                lines.Add(rest[..width]);
            line = rest;
        }
        if (line.Length > 0)
            lines.Add(line);
        return lines;
    }
}
