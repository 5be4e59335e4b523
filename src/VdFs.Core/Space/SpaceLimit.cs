using System.Globalization;

namespace VdFs.Core.Space;

/// <summary>How much the preserve store may hold: bytes, or a part of the filesystem that it lies on. The default is no fixed limit.</summary>
/// <param name="Bytes">0: not in bytes.</param>
/// <param name="Percent">Of the filesystem's size; 0: not in percent.</param>
public readonly record struct SpaceLimit(long Bytes, int Percent)
{
    private const string NoLimit = "none";
    private const string Units = "KMGTPE";

    public static SpaceLimit None => default;

    public bool IsNone => Bytes == 0 && Percent == 0;

    /// <summary>Reads `25%`, `none`, a size as <see cref="ByteSize"/> has them, and a number of bytes, as former builds wrote it.</summary>
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
        if (!ByteSize.TryParse(text, out long bytes) && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bytes))
            return false;
        limit = new(bytes, 0);
        return bytes > 0;
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
        return (Bytes >> (10 * power)).ToString(CultureInfo.InvariantCulture) + (power == 0 ? "B" : Units[power - 1]);
    }
}
