namespace VdFs.Backup.Restoring;

/// <summary>What a restore is asked to do.</summary>
public sealed record RestoreOptions
{
    /// <summary>Replaces files that are there, and writes to a block device.</summary>
    public bool Force { get; init; }

    /// <summary>Restores set-id bits and attributes of the namespaces security and trusted too, which give privileges: only root can, and a repository must be trusted for that.</summary>
    public bool AllAttributes { get; init; }
}
