namespace VdFs.Backup.Copying;

/// <summary>What a backup is asked to do.</summary>
public sealed record BackupOptions
{
    /// <summary>The snapshot's name; null: one that names the repository.</summary>
    public string? Name { get; init; }

    /// <summary>A word for the backup, as a snapshot's name; null: none.</summary>
    public string? Tag { get; init; }

    /// <summary>Images to take; empty: all. As <see cref="Core.Snapshots.ImageSelection"/> has them.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>Takes every image in full.</summary>
    public bool Full { get; init; }

    /// <summary>An image that would have to be taken in full is compared with the last backup of it, and only what differs is stored.</summary>
    public bool Rebase { get; init; }

    /// <summary>Share of the unchanged blocks that is compared with the chain, 0 to 1.</summary>
    public double CheckShare { get; init; }

    /// <summary>Takes images of another state directory than the repository's.</summary>
    public bool Adopt { get; init; }

    /// <summary>Images copied at the same time, at least 1.</summary>
    public int Jobs { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>Bytes per second read from the mount, of all jobs together; 0: no limit.</summary>
    public long RateLimit { get; init; }

    /// <summary>Zeros that were written are stored as zero clusters.</summary>
    public bool DropZeros { get; init; } = true;

    /// <summary>Blocks that were written anew with what the last backup has are left out; costs reading that backup.</summary>
    public bool DropSame { get; init; }

    /// <summary>Commands around the cut; null: none.</summary>
    public Quiescing.QuiesceOptions? Quiesce { get; init; }

    /// <summary>For the manifest.</summary>
    public string Host { get; init; } = Environment.MachineName;
}
