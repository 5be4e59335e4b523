using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace VdFs.Backup.Paths;

/// <summary>Bytes that are usually text: a JSON string, or <c>{"base64": …}</c> if they aren't UTF-8.</summary>
internal sealed class ByteTextConverter : JsonConverter<byte[]>
{
    private static readonly UTF8Encoding Strict = new(false, true);

    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader);

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) => Write(writer, value);

    internal static byte[] Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
            return Encoding.UTF8.GetBytes(reader.GetString()!);
        if (reader.TokenType != JsonTokenType.StartObject || !reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("base64"u8) || !reader.Read())
            throw new JsonException("bytes are neither a string nor base64");
        if (!reader.TryGetBytesFromBase64(out var bytes) || !reader.Read() || reader.TokenType != JsonTokenType.EndObject)
            throw new JsonException("not base64");
        return bytes;
    }

    internal static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> value)
    {
        try
        {
            writer.WriteStringValue(Strict.GetString(value));
        }
        catch (DecoderFallbackException)
        {
            writer.WriteStartObject();
            writer.WriteBase64String("base64"u8, value);
            writer.WriteEndObject();
        }
    }
}
