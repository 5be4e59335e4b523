using System.Text.Json.Serialization;
using VdFs.Backup.Paths;

namespace VdFs.Backup.Repositories;

// A manifest's records stand together: they are one format, read as one table (docs/format.md).

/// <summary>What makes a backup exist: written when all that it names is on stable storage.</summary>
/// <param name="Format">"vdfs-backup".</param>
/// <param name="Version">Of this format: <see cref="VersionFor"/>.</param>
/// <param name="Repository">The repository's id.</param>
/// <param name="Sequence">Rises with every backup of the repository, whatever the clock says: what is newer has a higher one.</param>
/// <param name="Time">The cut's own time, unique: it names the backup and its files.</param>
/// <param name="Name">The snapshot's name, for people.</param>
/// <param name="CutId">The cut's random id.</param>
/// <param name="StateId">Id of the state directory that the cut belongs to.</param>
/// <param name="Host">Name of the host, for people.</param>
/// <param name="Mount">Path of the mount, for people.</param>
/// <param name="Consistency">"application" if commands quiesced the guests around the cut, else "crash".</param>
/// <param name="Selection">The patterns that images were chosen by; empty: all.</param>
/// <param name="Images">In the order of their paths.</param>
/// <param name="Folders">Folders of the tree, in the order of their paths.</param>
/// <param name="Links">Symbolic links.</param>
/// <param name="Missing">Images that the cut had and that couldn't be read: not in this backup.</param>
/// <param name="Root">Of the tree's own root directory; null in manifests of older versions of vdfs, which didn't keep them.</param>
public sealed record BackupManifest(
    string Format, int Version, string Repository, long Sequence, DateTimeOffset Time, string Name, string CutId, string StateId, string Host, string Mount, string Consistency,
    IReadOnlyList<string> Selection, IReadOnlyList<BackupImage> Images, IReadOnlyList<BackupFolder> Folders, IReadOnlyList<BackupLink> Links, IReadOnlyList<MissingImage> Missing,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EntryAttributes? Root = null)
{
    public const string FormatName = "vdfs-backup";

    /// <summary>The newest version that is read; all below it are read too.</summary>
    public const int CurrentVersion = 2;

    /// <summary>
    /// 1 unless an older vdfs, which reads no other, would restore something otherwise than it was: without lists of access or attributes of users, or below a root
    /// that more users may enter.
    /// </summary>
    public static int VersionFor(EntryAttributes root, IEnumerable<EntryAttributes> entries)
    {
        const uint Everybody = 0x16D; // r-xr-xr-x
        return (root.Mode & Everybody) != Everybody || entries.Prepend(root).Any(e => e.Extended?.Any(a => !a.IsPrivileged) == true) ? 2 : 1;
    }

    /// <summary>What the wall clock of the host said at the cut, with its offset from UTC; null: not known, as in manifests of version 0.1's first builds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? Clock { get; init; }

    /// <summary>A word that the user gave it; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Tag { get; init; }

    /// <summary>The commands that ran around the cut, in their order; null: none, or not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<QuiesceRecord>? Commands { get; init; }

    /// <summary>What it is called on the command line and in file names: the cut's own time.</summary>
    [JsonIgnore]
    public string Id => Core.Qcow2.Qcow2Names.Time(Time);

    /// <summary>When it was taken, in the local time of the host that was backed up; what days and weeks are counted by. Never what decides which backup is newer.</summary>
    [JsonIgnore]
    public DateTimeOffset Taken => Clock ?? Time.ToUniversalTime();
}

/// <summary>A command that ran around the cut.</summary>
/// <param name="When">"before" or "after".</param>
/// <param name="Command">As it was given.</param>
/// <param name="ExitCode">Null: it was killed, as it took too long, or couldn't be started.</param>
public sealed record QuiesceRecord(string When, string Command, int? ExitCode);

/// <summary>An image in a backup.</summary>
/// <param name="Path">Below the mount.</param>
/// <param name="Image">State id and number: lasts through renames.</param>
/// <param name="Size">Exact, in bytes.</param>
/// <param name="Attributes">Owner, permissions, time.</param>
/// <param name="Way">How it was taken.</param>
/// <param name="Reason">Why it was taken in full, else empty.</param>
/// <param name="DataBytes">Bytes of content that this backup stored for it.</param>
/// <param name="File">The qcow2 file to read it from; for an unchanged one that of an earlier backup.</param>
/// <param name="Content">The file's content id, as its record has it.</param>
/// <param name="StoredBytes">What this backup's files of it take, tables and record too; null: not known, or nothing.</param>
public sealed record BackupImage(
    RelativePath Path, string Image, long Size, EntryAttributes Attributes, BackupWay Way, string Reason, long DataBytes, RelativePath File, string Content,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? StoredBytes = null)
{
    /// <summary>What this backup stored of it, as well as its manifest tells.</summary>
    [JsonIgnore]
    public long Stored => StoredBytes ?? DataBytes;
}

/// <summary>How an image came into a backup.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BackupWay>))]
public enum BackupWay
{
    [JsonStringEnumMemberName("full")] Full,
    [JsonStringEnumMemberName("incremental")] Incremental,
    [JsonStringEnumMemberName("unchanged")] Unchanged,

    /// <summary>Compared with the last backup as a whole, and what differed was stored.</summary>
    [JsonStringEnumMemberName("compared")] Compared,
}

/// <param name="Mode">Permission bits.</param>
/// <param name="User">Owner's user id.</param>
/// <param name="Group">Owner's group id.</param>
/// <param name="ModifiedSeconds">Modification time since 1970-01-01 UTC.</param>
/// <param name="ModifiedNanoseconds">0 to 999,999,999.</param>
/// <param name="Extended">Lists of access and extended attributes; null: none, or not kept (older versions of vdfs).</param>
public sealed record EntryAttributes(
    uint Mode, uint User, uint Group, long ModifiedSeconds, uint ModifiedNanoseconds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ExtendedAttribute>? Extended = null);

public sealed record BackupFolder(RelativePath Path, EntryAttributes Attributes);

/// <param name="Target">As it is; never followed.</param>
public sealed record BackupLink(RelativePath Path, [property: JsonConverter(typeof(ByteTextConverter))] byte[] Target, EntryAttributes Attributes);

/// <param name="Reason">Why it couldn't be read.</param>
public sealed record MissingImage(RelativePath Path, string Reason)
{
    /// <summary>State id and number; null: not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Image { get; init; }
}
