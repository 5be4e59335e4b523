namespace VdFs.Backup.Verifying;

/// <summary>Something that is wrong in a repository.</summary>
/// <param name="Backup">The backup that suffers from it; null: none by itself.</param>
/// <param name="Image">The image; null: all of the backup.</param>
/// <param name="Problem">One or two sentences.</param>
public sealed record VerifyFinding(string? Backup, string? Image, string Problem);
