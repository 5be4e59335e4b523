namespace VdFs.Core.Snapshots;

/// <summary>What changed about snapshots.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Snapshot">To which.</param>
/// <param name="FormerName">Its name before, where that differs; else its name.</param>
public readonly record struct SnapshotEvent(SnapshotEventKind Kind, Snapshot Snapshot, string FormerName);

public enum SnapshotEventKind
{
    Created,
    Released,
    Renamed,
    Forgotten,
}
