namespace VdFs.PowerCut.Replay;

/// <summary>One entry of the log of a disk's writes.</summary>
/// <param name="Sector">Where on the disk.</param>
/// <param name="Sectors">How many.</param>
/// <param name="Flags">What it was.</param>
/// <param name="DataAt">Where its data lies in the log, in bytes.</param>
public readonly record struct LogEntry(long Sector, int Sectors, LogFlags Flags, long DataAt);
