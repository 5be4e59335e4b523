using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace VdFs.Backup.Repositories;

/// <summary>
/// A JSON file that carries its own checksum: <c>{"sha256":"…","content":{…}}</c> and a newline, where the sum is that of the bytes of <c>{…}</c>, as they stand there.
/// Any JSON tool reads it; one that writes it anew makes the sum wrong.
/// </summary>
internal static class SealedJson
{
    private const int SumLength = 64;

    /// <summary>A manifest of a million images is about this large.</summary>
    private const long MaximumLength = 1L << 30;

    private static ReadOnlySpan<byte> Head => "{\"sha256\":\""u8;

    private static ReadOnlySpan<byte> Middle => "\",\"content\":"u8;

    private static ReadOnlySpan<byte> Tail => "}\n"u8;

    public static byte[] Write<T>(T value, JsonTypeInfo<T> type)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(value, type);
        byte[] sum = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(content)));
        return [.. Head, .. sum, .. Middle, .. content, .. Tail];
    }

    /// <exception cref="DamagedException">Truncated, changed, or not such a file.</exception>
    public static T Read<T>(IStoredFile file, string place, JsonTypeInfo<T> type)
    {
        if (file.Length > MaximumLength)
            throw new DamagedException($"{place} is too large to be what its name says.");
        byte[] bytes = new byte[file.Length];
        var error = file.Read(0, bytes, out int read);
        if (error != Core.Errors.FsError.None)
            throw new BackupException(error, $"{place} can't be read: {Native.ErrorWords.Of(error)}.");
        return Read(bytes.AsSpan(0, read), place, type);
    }

    public static T Read<T>(ReadOnlySpan<byte> bytes, string place, JsonTypeInfo<T> type)
    {
        int contentStart = Head.Length + SumLength + Middle.Length;
        if (bytes.Length < contentStart + Tail.Length || !bytes.StartsWith(Head) || !bytes[(Head.Length + SumLength)..].StartsWith(Middle) || !bytes.EndsWith(Tail))
            throw new DamagedException($"{place} is damaged: it is truncated or was changed.");
        var content = bytes[contentStart..^Tail.Length];
        if (!Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(content))).AsSpan().SequenceEqual(bytes.Slice(Head.Length, SumLength)))
            throw new DamagedException($"{place} is damaged: its checksum is wrong.");
        try
        {
            return JsonSerializer.Deserialize(content, type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new DamagedException($"{place} has the right checksum, but says what can't be: {e.Message}", e);
        }
    }
}
