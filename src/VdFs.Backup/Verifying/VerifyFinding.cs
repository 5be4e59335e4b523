using System.Text.Json.Serialization;

namespace VdFs.Backup.Verifying;

/// <summary>Something that is wrong in a repository.</summary>
/// <param name="Backup">The backup that suffers from it; null: none by itself.</param>
/// <param name="Image">The image; null: all of the backup.</param>
/// <param name="Problem">One or two sentences.</param>
/// <param name="Kind">"damaged"; "missing": the cut had the image, and it couldn't be read then; "different": not what it was compared with; "stray": files that no backup leads to.</param>
public sealed record VerifyFinding(string? Backup, string? Image, string Problem, string Kind = VerifyFinding.Damaged)
{
    public const string Damaged = "damaged";

    public const string Missing = "missing";

    public const string Different = "different";

    public const string Stray = "stray";

    /// <summary>The image's path in bytes, if it isn't UTF-8; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? ImageBytes { get; init; }
}
