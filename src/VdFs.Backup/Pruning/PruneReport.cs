namespace VdFs.Backup.Pruning;

/// <summary>What a prune did, or would do.</summary>
/// <param name="Backups">Every backup with why it stays; an empty reason: it goes.</param>
/// <param name="Merged">Files that others were merged into.</param>
/// <param name="WrittenBytes">Bytes written for that.</param>
/// <param name="RemovedFiles">Files removed, records too.</param>
/// <param name="RemovedBytes">Their bytes.</param>
/// <param name="Problems">Chains that couldn't be shortened, and why.</param>
public sealed record PruneReport(IReadOnlyList<PrunedBackup> Backups, int Merged, long WrittenBytes, int RemovedFiles, long RemovedBytes, IReadOnlyList<string> Problems);

/// <summary>What becomes of a backup.</summary>
/// <param name="Time">The cut's own time; null if the manifest can't be read.</param>
/// <param name="Taken">When it was taken, in the local time of its host: what rules count by.</param>
/// <param name="Reason">Why it stays; empty: it goes.</param>
public sealed record PrunedBackup(string Backup, DateTimeOffset? Time, DateTimeOffset? Taken, string Reason);
