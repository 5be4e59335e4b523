using System.Text;

namespace VdFs.Core.Storage;

/// <summary>
/// Names as strings without loss, though names are bytes: what isn't UTF-8 stands as lone surrogates, byte 0x80 as U+DC80 and so on (Python's surrogateescape), which no
/// text that is UTF-8 has. So a name that came as an argument is the same bytes when it reaches the kernel.
/// </summary>
public static class ByteText
{
    private const char Escape = '\uDC00';

    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[consumed..];
            }
            else
            {
                text.Append((char)(Escape + bytes[0]));
                bytes = bytes[1..];
            }
        }
        return text.ToString();
    }

    public static byte[] Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uDC80', '\uDCFF'))
            return Encoding.UTF8.GetBytes(text);
        var bytes = new List<byte>(text.Length);
        ReadOnlySpan<char> rest = text;
        Span<byte> one = stackalloc byte[4];
        while (!rest.IsEmpty)
        {
            bool whole = Rune.DecodeFromUtf16(rest, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done;
            if (!whole && rest[0] is >= '\uDC80' and <= '\uDCFF')
                bytes.Add((byte)(rest[0] - Escape));
            else
                bytes.AddRange(one[..rune.EncodeToUtf8(one)]);
            rest = rest[consumed..];
        }
        return [.. bytes];
    }

    /// <summary>Whether all of it is text.</summary>
    public static bool IsText(string text) => !text.AsSpan().ContainsAnyInRange('\uDC80', '\uDCFF') || Encode(text).AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(text));

    /// <summary>Characters; null for a byte that isn't text.</summary>
    private static IEnumerable<string?> Runes(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            bool whole = Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done;
            yield return whole || text[at] is < '\uDC80' or > '\uDCFF' ? rune.ToString() : null;
            at += consumed;
        }
    }

    /// <summary>A pattern as text that every file can hold: a byte that isn't text becomes the wildcard for any byte.</summary>
    public static string Wild(string pattern) =>
        IsText(pattern) ? pattern : string.Concat(Runes(pattern).Select(r => r ?? "?"));

    /// <summary>For people: control characters as `?`, what isn't text as replacement characters.</summary>
    public static string Show(ReadOnlySpan<byte> bytes) => string.Concat(Encoding.UTF8.GetString(bytes).Select(c => char.IsControl(c) ? '?' : c));

    /// <inheritdoc cref="Show(ReadOnlySpan{byte})"/>
    public static string Show(string text) => Show(Encode(text));
}
