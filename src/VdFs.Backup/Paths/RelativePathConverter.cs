using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace VdFs.Backup.Paths;

/// <summary>A path as a JSON string, or as <c>{"base64": …}</c> if its bytes aren't UTF-8. What leads outside is refused.</summary>
internal sealed class RelativePathConverter : JsonConverter<RelativePath>
{
    public override RelativePath Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        byte[] bytes = ByteTextConverter.Read(ref reader);
        return RelativePath.TryParse(bytes, out var path) ? path : throw new JsonException($"the path '{Encoding.UTF8.GetString(bytes)}' leads outside or is none");
    }

    public override void Write(Utf8JsonWriter writer, RelativePath value, JsonSerializerOptions options) => ByteTextConverter.Write(writer, value.Bytes);
}
