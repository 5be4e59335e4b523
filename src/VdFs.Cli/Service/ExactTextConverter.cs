using System.Text.Json;
using System.Text.Json.Serialization;
using VdFs.Core.Storage;

namespace VdFs.Cli.Service;

/// <summary>Strings of the service's messages: names as they are, those that aren't UTF-8 (<see cref="ByteText"/>) as <c>{"base64": …}</c>.</summary>
internal sealed class ExactTextConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
            return reader.GetString()!;
        if (reader.TokenType != JsonTokenType.StartObject || !reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("base64"u8) || !reader.Read())
            throw new JsonException("neither a string nor base64");
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out byte[]? bytes) || !reader.Read() || reader.TokenType != JsonTokenType.EndObject)
            throw new JsonException("not base64");
        return ByteText.Decode(bytes);
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        if (ByteText.IsText(value))
        {
            writer.WriteStringValue(value);
            return;
        }
        writer.WriteStartObject();
        writer.WriteBase64String("base64"u8, ByteText.Encode(value));
        writer.WriteEndObject();
    }
}
