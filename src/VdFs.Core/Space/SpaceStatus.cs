namespace VdFs.Core.Space;

/// <summary>How the preserve store stands.</summary>
/// <param name="Used">Bytes of pre-images, and of deleted images that snapshots need.</param>
/// <param name="Retained">Of these, bytes of deleted images.</param>
/// <param name="Limit">Bytes that it may hold as things are: the fixed limit, or less where the filesystem has no room for as much.</param>
/// <param name="FixedLimit">What was asked for: `none`, or bytes or percent as on the command line.</param>
/// <param name="Percent"><paramref name="Used"/> of <paramref name="Limit"/>, 0 to 100.</param>
/// <param name="WhenFull">`give-up`, `wait` or `fail`.</param>
/// <param name="WaitSeconds">How long writers wait under `wait`.</param>
/// <param name="WaitingWriters">Requests that wait for room now.</param>
/// <param name="Warning">Empty; or that the store is nearly full, or full, and what happens then.</param>
/// <param name="StateReserve">Bytes that are set aside for records and catalog now; below <paramref name="StateReserveSize"/>: the state directory was full.</param>
/// <param name="StateReserveSize">Bytes that are meant to be set aside.</param>
public sealed record SpaceStatus(
    long Used, long Retained, long Limit, string FixedLimit, int Percent, string WhenFull, double WaitSeconds, int WaitingWriters, string Warning,
    long StateReserve, long StateReserveSize);
