namespace VdFs.Cli.Output;

/// <summary>Names that others chose, as they may go to a terminal: nothing in them moves the cursor, colours, or begins another line.</summary>
internal static class Shown
{
    public static string Text(string text) => text.Any(IsHarmful) ? string.Concat(text.Select(c => IsHarmful(c) ? '?' : c)) : text;

    private static bool IsHarmful(char c) => char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
