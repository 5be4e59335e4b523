using System.IO;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace VdFs.Cli.Output;

/// <summary>One JSON value on one line, and nothing else.</summary>
internal static class JsonOutput
{
    public static void Write<T>(TextWriter output, T value, JsonTypeInfo<T> type) => output.WriteLine(JsonSerializer.Serialize(value, type));
}
