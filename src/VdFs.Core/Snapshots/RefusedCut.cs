namespace VdFs.Core.Snapshots;

/// <summary>A cut that was refused.</summary>
/// <param name="CutId">Its 16 bytes.</param>
/// <param name="Renamed">How many checkpoints the commit gave another name, to make room for its own: NAME to NAME~1, and so on.</param>
public sealed record RefusedCut(byte[] CutId, int Renamed);
