using System.Text.Json;

namespace VdFs.Mounted.Tests.Mounts;

/// <summary>What `vdfs status` says of one mount's daemon.</summary>
internal static class DaemonStatus
{
    /// <summary>The object with the daemon's numbers, wherever the answer has it.</summary>
    public static JsonElement Of(string mount) =>
        Find(JsonDocument.Parse(VdfsCommand.Run("status", mount, "--json").Checked().Output).RootElement)
        ?? throw new InvalidOperationException("no status of the daemon");

    private static JsonElement? Find(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("gen0Collections", out _))
            return element;
        IEnumerable<JsonElement> inside = element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().Select(p => p.Value),
            JsonValueKind.Array => element.EnumerateArray(),
            _ => [],
        };
        return inside.Select(Find).FirstOrDefault(found => found is not null);
    }
}
