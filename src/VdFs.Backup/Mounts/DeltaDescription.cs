using System.Text.Json;
using System.Text.Json.Serialization;

namespace VdFs.Backup.Mounts;

/// <summary>What the mount says about an image in a delta, in the JSON beside its qcow2 (docs/format.md): what of it is needed for a backup.</summary>
/// <param name="Format">"vdfs-delta".</param>
/// <param name="Version">1.</param>
/// <param name="Image">State id and number.</param>
/// <param name="Size">Exact size at the newer cut.</param>
/// <param name="From">The older cut; null for a full one.</param>
/// <param name="To">The newer cut.</param>
/// <param name="Full">All of the image has to be taken.</param>
/// <param name="Reason">Why.</param>
/// <param name="Extents">Changed and data: pairs of start and length in bytes.</param>
/// <param name="Zeros">Changed and holes now.</param>
internal sealed record DeltaDescription(
    string Format, int Version, string Image, long Size, DeltaCut? From, DeltaCut To, bool Full, string Reason,
    IReadOnlyList<IReadOnlyList<long>> Extents, IReadOnlyList<IReadOnlyList<long>> Zeros);

internal sealed record DeltaCut(string CutId, string Name);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(DeltaDescription))]
internal sealed partial class DeltaJson : JsonSerializerContext;
