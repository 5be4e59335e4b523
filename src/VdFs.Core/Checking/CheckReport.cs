namespace VdFs.Core.Checking;

/// <summary>What a check looked at and what it found.</summary>
/// <param name="Images">Images that the catalog knows.</param>
/// <param name="Snapshots">Held snapshots.</param>
/// <param name="Checkpoints">Checkpoints.</param>
/// <param name="Records">Change records that were read.</param>
/// <param name="Blocks">Pre-images that were compared with their sums.</param>
/// <param name="Findings">In the order of the check; empty: all is well.</param>
public sealed record CheckReport(int Images, int Snapshots, int Checkpoints, long Records, long Blocks, IReadOnlyList<StateFinding> Findings)
{
    /// <summary>No fault is left: nothing was found but what is harmless or was repaired.</summary>
    public bool Clean => !Findings.Any(f => f.Fault && !f.Repaired);
}
