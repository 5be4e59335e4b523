namespace VdFs.Backup.Verifying;

/// <summary>What a verification found.</summary>
/// <param name="Backups">Backups looked at.</param>
/// <param name="Images">Images in them.</param>
/// <param name="Files">Files read and compared with their sums.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Findings">Empty: all is well.</param>
public sealed record VerifyReport(int Backups, int Images, int Files, long Bytes, IReadOnlyList<VerifyFinding> Findings);
