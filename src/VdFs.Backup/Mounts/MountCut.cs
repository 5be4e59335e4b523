namespace VdFs.Backup.Mounts;

/// <summary>A snapshot or checkpoint of a mount.</summary>
/// <param name="CutId">Random, 32 hexadecimal digits.</param>
/// <param name="Time">The cut's own time, unique to the millisecond.</param>
/// <param name="Held">True for a snapshot.</param>
public sealed record MountCut(string Name, string CutId, DateTimeOffset Time, bool Held)
{
    /// <summary>What the wall clock said at the cut, with the host's offset from UTC; null: not known.</summary>
    public DateTimeOffset? Clock { get; init; }

    /// <summary>"whole", or why its view can't be served.</summary>
    public string State { get; init; } = "whole";

    /// <summary>A sentence about what the mount noticed when it cut it; empty: nothing.</summary>
    public string Warning { get; init; } = "";
}
