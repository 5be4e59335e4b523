using System.Globalization;

namespace VdFs.Core.Space;

/// <summary>How much the preserve store may hold: bytes, or a part of the filesystem that it lies on. The default is no fixed limit.</summary>
/// <param name="Bytes">0: not in bytes.</param>
/// <param name="Percent">Of the filesystem's size; 0: not in percent.</param>
public readonly record struct SpaceLimit(long Bytes, int Percent)
{
    private const string NoLimit = "none";
    private const string Units = "KMGTP";

    public static SpaceLimit None => default;

    public bool IsNone => Bytes == 0 && Percent == 0;

    /// <summary>Reads `10G`, `500MiB`, `1073741824`, `25%` or `none`; units are binary.</summary>
    public static bool TryParse(string text, out SpaceLimit limit)
    {
        limit = None;
        if (text == NoLimit)
            return true;
        if (text.EndsWith('%'))
        {
            bool whole = int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int percent);
            limit = new(0, percent);
            return whole && percent is >= 1 and <= 100;
        }
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        string unit = text[digits..].ToUpperInvariant();
        int power = unit.Length == 0 || unit == "B" ? 0 : Units.IndexOf(unit[0], StringComparison.Ordinal) + 1;
        bool known = power == 0 ? unit.Length == 0 || unit == "B" : unit.Length == 1 || unit[1..] is "B" or "IB";
        if (!known || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || number == 0 || number > long.MaxValue >> (10 * power))
            return false;
        limit = new(number << (10 * power), 0);
        return true;
    }

    /// <summary>In bytes, on a filesystem of a given size; no limit: the largest number.</summary>
    public long On(long total) => Percent != 0 ? (long)(total / 100.0 * Percent) : Bytes != 0 ? Bytes : long.MaxValue;

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString()
    {
        if (IsNone)
            return NoLimit;
        if (Percent != 0)
            return Percent.ToString(CultureInfo.InvariantCulture) + "%";
        int power = 0;
        while (power < Units.Length && Bytes % (1L << (10 * (power + 1))) == 0)
            power++;
        return (Bytes >> (10 * power)).ToString(CultureInfo.InvariantCulture) + (power == 0 ? "" : Units[power - 1]);
    }
}
