using System.Text.Json.Serialization;
using VdFs.Backup.Pruning;
using VdFs.Backup.Repositories;
using VdFs.Backup.Verifying;
using VdFs.Core.Snapshots;

namespace VdFs.Cli.Backups;

// What the commands on repositories answer with --json stands together: it is one contract, read as one table. Names are exact; one that isn't UTF-8 has its bytes beside it.

/// <summary>Answer of `vdfs backup`.</summary>
/// <param name="Backup">Its id: the time of the cut.</param>
/// <param name="Seconds">From the cut on.</param>
/// <param name="StoredBytes">That the backup's files take, tables and records too.</param>
/// <param name="DataBytes">Of content in them.</param>
/// <param name="Warnings">What went wrong beside it.</param>
public sealed record BackupAnswer(string Repository, string Backup, string CutId, string Consistency, double Seconds, long StoredBytes, long DataBytes, IReadOnlyList<BackupImageAnswer> Images, IReadOnlyList<string> Missing, IReadOnlyList<string> Warnings)
{
    /// <summary>When it was taken, in the local time of the host that was backed up.</summary>
    public DateTimeOffset Taken { get; init; }

    public string? Tag { get; init; }

    /// <summary>Commands that ran around the cut, and how they ended.</summary>
    public IReadOnlyList<QuiesceRecord> Commands { get; init; } = [];

    /// <summary>Of each that is missing, null if its path is UTF-8; null if all are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<byte[]?>? MissingBytes { get; init; }
}

/// <param name="Way">"full", "incremental", "unchanged", "compared".</param>
/// <param name="Reason">Why in full.</param>
/// <param name="DataBytes">Bytes of content that this backup stored for it.</param>
/// <param name="StoredBytes">Bytes that its files take, tables and record too.</param>
public sealed record BackupImageAnswer(string Path, string Image, long Size, string Way, string Reason, long DataBytes, long StoredBytes, string File)
{
    /// <summary>Null if the path is UTF-8.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? PathBytes { get; init; }

    /// <summary>Null if the file's path is UTF-8.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? FileBytes { get; init; }
}

/// <summary>A backup, as `vdfs list` shows it.</summary>
/// <param name="Problem">Why it can't be read; then nothing else is known.</param>
public sealed record BackupListAnswer(string Backup, string? Name, DateTimeOffset? Time, string? CutId, string? Consistency, int Images, long Bytes, long DataBytes, long StoredBytes, int Missing, string? Problem)
{
    /// <summary>When it was taken, in the local time of the host that was backed up.</summary>
    public DateTimeOffset? Taken { get; init; }

    public string? Host { get; init; }

    public string? Tag { get; init; }

    /// <summary>The order of backups: what is newer has a higher one.</summary>
    public long? Sequence { get; init; }

    /// <summary>Patterns that images were chosen by; empty: all.</summary>
    public IReadOnlyList<string> Selection { get; init; } = [];

    /// <summary>Commands that ran around the cut, and how they ended; null: none, or not known.</summary>
    public IReadOnlyList<QuiesceRecord>? Commands { get; init; }
}

/// <summary>Answer of `vdfs restore`.</summary>
/// <param name="Warnings">What of owners, permissions and attributes isn't as it was.</param>
public sealed record RestoreAnswer(string Backup, string Target, IReadOnlyList<string> Images, long Bytes, IReadOnlyList<string> Warnings)
{
    /// <summary>Of each image, null if its path is UTF-8; null if all are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<byte[]?>? ImagesBytes { get; init; }
}

/// <summary>An image in the answer of `vdfs diff`.</summary>
/// <param name="FormerPath">Where it had another one; else null.</param>
/// <param name="Change">"same", "renamed", "changed", "new" or "deleted".</param>
public sealed record ImageDiffAnswer(string Path, string? FormerPath, string Change, long OldSize, long NewSize, IReadOnlyList<Extent> Extents)
{
    /// <summary>Null if the path is UTF-8.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? PathBytes { get; init; }

    /// <summary>Null if the former path is UTF-8.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? FormerPathBytes { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = false)]
[JsonSerializable(typeof(BackupAnswer))]
[JsonSerializable(typeof(List<BackupListAnswer>))]
[JsonSerializable(typeof(List<BackupImageAnswer>))]
[JsonSerializable(typeof(RestoreAnswer))]
[JsonSerializable(typeof(VerifyReport))]
[JsonSerializable(typeof(PruneReport))]
[JsonSerializable(typeof(List<ImageDiffAnswer>))]
internal sealed partial class BackupAnswerJson : JsonSerializerContext;
