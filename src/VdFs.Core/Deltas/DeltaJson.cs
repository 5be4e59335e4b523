using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Deltas;

/// <summary>
/// What the JSON files of a delta have in common. A path or name is text under its key; where it isn't UTF-8, that text is for people only, and the bytes
/// stand in base64 under the key with `Bytes` after it.
/// </summary>
internal static class DeltaJson
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private const string ClockFormat = "yyyy-MM-dd'T'HH:mm:ss.fffzzz";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Utf8JsonWriter Writer(Stream stream) => new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static void WriteBytes(Utf8JsonWriter writer, string key, byte[]? value)
    {
        if (value is null)
        {
            writer.WriteNull(key);
            return;
        }
        writer.WriteString(key, Encoding.UTF8.GetString(value));
        if (!IsText(value))
            writer.WriteBase64String(key + "Bytes", value);
    }

    public static void WriteCut(Utf8JsonWriter writer, string key, DeltaCut? cut)
    {
        if (cut is null)
        {
            writer.WriteNull(key);
            return;
        }
        writer.WriteStartObject(key);
        writer.WriteString("cutId", cut.CutId);
        writer.WriteString("time", cut.Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        writer.WriteString("name", cut.Name);
        // Left out where it isn't known: what an earlier version showed of the same delta stays as it was, to the byte.
        if (cut.Clock is { } clock)
            writer.WriteString("clock", clock.ToString(ClockFormat, CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }

    public static void WriteExtents(Utf8JsonWriter writer, string key, IReadOnlyList<Extent> extents)
    {
        writer.WriteStartArray(key);
        foreach (Extent extent in extents)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(extent.Start);
            writer.WriteNumberValue(extent.Length);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }

    /// <exception cref="InvalidDataException">It isn't JSON, not of this format, of a newer version, or <paramref name="read"/> missed something.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json, string format, int version, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            string found = RequireText(root, "format");
            int foundVersion = root.GetProperty("version").GetInt32();
            if (found != format)
                throw new InvalidDataException($"expected a file of format {format}, found {found}");
            if (foundVersion < 1 || foundVersion > version)
                throw new InvalidDataException($"a file of format {format} has version {foundVersion}, this build knows {version}");
            return read(root);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"a file that should be of format {format} is damaged ({e.Message})", e);
        }
    }

    public static string RequireText(JsonElement parent, string key) =>
        parent.GetProperty(key).GetString() ?? throw new InvalidDataException($"'{key}' is missing");

    public static byte[] RequireBytes(JsonElement parent, string key) =>
        ReadBytes(parent, key) ?? throw new InvalidDataException($"'{key}' is missing");

    public static byte[]? ReadBytes(JsonElement parent, string key)
    {
        if (parent.TryGetProperty(key + "Bytes", out JsonElement bytes))
            return bytes.GetBytesFromBase64();
        return parent.GetProperty(key).GetString() is { } text ? Encoding.UTF8.GetBytes(text) : null;
    }

    public static DeltaCut? ReadCut(JsonElement parent, string key)
    {
        JsonElement cut = parent.GetProperty(key);
        if (cut.ValueKind == JsonValueKind.Null)
            return null;
        DateTimeOffset time = DateTimeOffset.ParseExact(
            RequireText(cut, "time"), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        return new DeltaCut(RequireText(cut, "cutId"), time, RequireText(cut, "name"))
        {
            Clock = cut.TryGetProperty("clock", out JsonElement clock) ? DateTimeOffset.ParseExact(clock.GetString() ?? "", ClockFormat, CultureInfo.InvariantCulture) : null,
        };
    }

    /// <summary>Ascending, not empty, apart from each other, below <paramref name="size"/>; anything else is damage.</summary>
    public static Extent[] ReadExtents(JsonElement parent, string key, long size)
    {
        JsonElement array = parent.GetProperty(key);
        var extents = new Extent[array.GetArrayLength()];
        long end = 0;
        int count = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.GetArrayLength() != 2)
                throw new InvalidDataException($"one of the '{key}' isn't a start and a length");
            (long start, long length) = (item[0].GetInt64(), item[1].GetInt64());
            if (start < end || length <= 0 || length > size - start)
                throw new InvalidDataException($"'{key}' has {start}+{length} after {end}, in {size} bytes");
            extents[count++] = new Extent(start, length);
            end = start + length;
        }
        return extents;
    }

    private static bool IsText(byte[] value)
    {
        try
        {
            _ = Strict.GetCharCount(value);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
