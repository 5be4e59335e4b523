using System.Text.Json.Serialization;

namespace VdFs.Cli.Backups;

// What the commands on repositories answer with --json stands together: it is one contract, read as one table.

/// <summary>Answer of `vdfs backup`.</summary>
/// <param name="Backup">Its id: the time of the cut.</param>
/// <param name="Seconds">From the cut on.</param>
/// <param name="Warnings">What went wrong beside it.</param>
public sealed record BackupAnswer(string Repository, string Backup, string CutId, string Consistency, double Seconds, long StoredBytes, IReadOnlyList<BackupImageAnswer> Images, IReadOnlyList<string> Missing, IReadOnlyList<string> Warnings);

/// <param name="Way">"full", "incremental", "unchanged", "compared".</param>
/// <param name="Reason">Why in full.</param>
/// <param name="StoredBytes">Bytes of content that this backup stored for it.</param>
public sealed record BackupImageAnswer(string Path, string Image, long Size, string Way, string Reason, long StoredBytes, string File);

/// <summary>A backup, as `vdfs list` shows it.</summary>
/// <param name="Problem">Why it can't be read; then nothing else is known.</param>
public sealed record BackupListAnswer(string Backup, string? Name, DateTimeOffset? Time, string? CutId, string? Consistency, int Images, long Bytes, long StoredBytes, int Missing, string? Problem);

/// <summary>Answer of `vdfs restore`.</summary>
public sealed record RestoreAnswer(string Backup, string Target, IReadOnlyList<string> Images, long Bytes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = false)]
[JsonSerializable(typeof(BackupAnswer))]
[JsonSerializable(typeof(List<BackupListAnswer>))]
[JsonSerializable(typeof(List<BackupImageAnswer>))]
[JsonSerializable(typeof(RestoreAnswer))]
internal sealed partial class BackupAnswerJson : JsonSerializerContext;
