using System.Globalization;

namespace VdFs.Core.Space;

/// <summary>Sizes as people type them, everywhere the same: `K`, `Ki` and `KiB` count in 1024s, `KB` in 1000s, and so on up to `E`; `B` is bytes.</summary>
public static class ByteSize
{
    public const string Rule = "a size with its unit (10G or 10GiB, in 1024s; 10GB, in 1000s)";

    private const string Units = "KMGTPE";

    /// <summary>Reads a size; capitals don't count. A number without a unit is no size, except 0: `50` would be fifty bytes, which nobody means.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        if (!long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            return false;
        string unit = text[digits..].ToUpperInvariant();
        if (unit.Length == 0)
            return number == 0;
        long factor = 1;
        if (unit != "B")
        {
            int power = Units.IndexOf(unit[0], StringComparison.Ordinal) + 1;
            if (power == 0 || unit[1..] is not ("" or "I" or "IB" or "B"))
                return false;
            for (int i = 0; i < power; i++)
                factor *= unit.EndsWith('B') && unit.Length == 2 ? 1000 : 1024;
        }
        if (number > long.MaxValue / factor)
            return false;
        bytes = number * factor;
        return true;
    }

    /// <summary>What is wrong with a word that isn't one, and the nearest right form: the end of a sentence.</summary>
    public static string Advice(string text) =>
        text.Length > 0 && text.All(char.IsAsciiDigit) ? $"'{text}' has no unit: write {text}M or {text}G, or {text}B if bytes are meant" : $"'{text}' is none";
}
