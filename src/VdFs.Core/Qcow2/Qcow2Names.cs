using System.Security.Cryptography;
using System.Text;

namespace VdFs.Core.Qcow2;

/// <summary>
/// Names of an image's files at a cut: <c>NAME@20261122T031500.000Z.qcow2</c>, the cut's time in UTC to the millisecond, and the same with <c>.json</c>.
/// Names are bytes. What would come to 255 bytes or more with <c>.qcow2</c> is shortened to exactly 255 by a hash of NAME (the beginning, <c>~</c>, 32 hexadecimal
/// digits of its SHA-256, then the time), so that no shortened name is ever one that another image has unshortened; both files of an image have the same stem.
/// </summary>
public static class Qcow2Names
{
    /// <summary>Bytes of the longest name.</summary>
    public const int MaxName = 255;

    private const int HashDigits = 32;

    private static ReadOnlySpan<byte> Qcow2 => ".qcow2"u8;

    /// <param name="name">The image's name, without folders.</param>
    /// <param name="cutTime">The cut's time; milliseconds count.</param>
    public static byte[] Image(ReadOnlySpan<byte> name, DateTimeOffset cutTime) => [.. Stem(name, cutTime), .. Qcow2];

    public static byte[] Json(ReadOnlySpan<byte> name, DateTimeOffset cutTime) => [.. Stem(name, cutTime), .. ".json"u8];

    /// <summary>The name without its ending.</summary>
    public static byte[] Stem(ReadOnlySpan<byte> name, DateTimeOffset cutTime)
    {
        byte[] time = Encoding.ASCII.GetBytes($"@{Time(cutTime)}");
        if (name.Length + time.Length + Qcow2.Length < MaxName)
            return [.. name, .. time];
        int room = MaxName - time.Length - Qcow2.Length - HashDigits - 1;
        int cut = room;
        // Not in the middle of a character of UTF-8, if it is that: what is left over is filled with more of the sign.
        while (cut > room - 3 && (name[cut] & 0xc0) == 0x80)
            cut--;
        byte[] hash = Encoding.ASCII.GetBytes(new string('~', room - cut + 1) + Convert.ToHexStringLower(SHA256.HashData(name))[..HashDigits]);
        return [.. name[..cut], .. hash, .. time];
    }

    /// <summary>A cut's time as names have it: <c>20261122T031500.000Z</c>.</summary>
    public static string Time(DateTimeOffset cutTime) => cutTime.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'.'fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
