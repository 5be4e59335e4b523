namespace VdFs.Backup.Restoring;

/// <summary>What a restore is asked to do.</summary>
public sealed record RestoreOptions
{
    /// <summary>Replaces files that are there, and writes to a block device.</summary>
    public bool Force { get; init; }

    /// <summary>Sets owners as they were; only root can.</summary>
    public bool Owners { get; init; } = true;
}
