using VdFs.Backup.Repositories;
using VdFs.Core.Storage;

namespace VdFs.Backup.Copying;

/// <summary>What a backup did.</summary>
/// <param name="Manifest">As it stands in the repository.</param>
/// <param name="Warnings">What went wrong beside it; empty if all is well.</param>
/// <param name="StoredBytes">Bytes that the backup's files take, tables and records too.</param>
/// <param name="Elapsed">From the cut on.</param>
public sealed record BackupReport(BackupManifest Manifest, IReadOnlyList<string> Warnings, long StoredBytes, TimeSpan Elapsed)
{
    /// <summary>Bytes of content in them.</summary>
    public long DataBytes => Manifest.Images.Total(i => i.DataBytes);
}
