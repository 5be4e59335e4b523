namespace VdFs.Backup.Pruning;

/// <summary>What a prune is asked to do.</summary>
public sealed record PruneOptions
{
    public KeepPolicy Policy { get; init; } = new();

    /// <summary>Only says what would be done.</summary>
    public bool DryRun { get; init; }

    /// <summary>Removes backups whose manifests can't be read, too.</summary>
    public bool RemoveDamaged { get; init; }

    /// <summary>
    /// A file that stands alone is merged with what lies on it once that is so large a part of it; below, it stays, unnamed by any backup, since merging would write all of it anew. 0: at once.
    /// </summary>
    public double MergeFullAbove { get; init; } = 0.25;
}
