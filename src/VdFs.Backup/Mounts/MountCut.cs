namespace VdFs.Backup.Mounts;

/// <summary>A snapshot or checkpoint of a mount.</summary>
/// <param name="CutId">Random, 32 hexadecimal digits.</param>
/// <param name="Time">The instant of the cut, unique to the millisecond.</param>
/// <param name="Held">True for a snapshot.</param>
public sealed record MountCut(string Name, string CutId, DateTimeOffset Time, bool Held);
