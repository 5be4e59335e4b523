namespace VdFs.Backup.Quiescing;

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Null: it was killed, as it took too long, or couldn't be started.</param>
/// <param name="Failure">Null: it did what it was there for, as its exit code 0 says.</param>
internal sealed record QuiesceEnd(int? ExitCode, BackupException? Failure);
