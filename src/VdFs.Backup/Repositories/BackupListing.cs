namespace VdFs.Backup.Repositories;

/// <summary>A backup of a repository: its manifest, or why that can't be read.</summary>
/// <param name="Id">By the manifest's file name.</param>
/// <param name="Manifest">Null if it can't be read.</param>
/// <param name="Problem">Null if it can.</param>
public sealed record BackupListing(string Id, BackupManifest? Manifest, string? Problem)
{
    /// <summary>The manifest isn't what was written: it can't be read by any version, at any time.</summary>
    public bool IsDamaged { get; init; }
}
