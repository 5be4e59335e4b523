using System.Text.Json.Serialization;
using VdFs.Core.Snapshots;

namespace VdFs.Cli.Service;

/// <summary>Answer of `vdfs changes`: a <see cref="ChangeReport"/> whose names are text, with their bytes beside it where they aren't UTF-8.</summary>
public sealed record ChangesAnswer(string Image, string From, string? To, long Size, bool Full, string Reason, IReadOnlyList<Extent> Extents)
{
    /// <summary>Its path at the older cut; null: it wasn't there.</summary>
    public string? FormerImage { get; init; }

    /// <summary>Its size at the older cut in bytes; null: it wasn't there.</summary>
    public long? FormerSize { get; init; }

    /// <summary>Null if the path is UTF-8.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? ImageBytes { get; init; }

    /// <summary>Null if the former path is UTF-8.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? FormerImageBytes { get; init; }
}
