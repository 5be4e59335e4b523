namespace VdFs.Core.Deltas;

/// <summary>A cut as the files of a delta name it.</summary>
/// <param name="CutId">Its random id, 32 hexadecimal digits: what chains and repositories match.</param>
/// <param name="Time">Its instant, unique to the millisecond; it names the files.</param>
/// <param name="Name">Its name when the delta was first looked at.</param>
public sealed record DeltaCut(string CutId, DateTimeOffset Time, string Name)
{
    /// <summary>What the wall clock said at the cut, with the host's offset from UTC; null: not known. Of the newer cut alone.</summary>
    public DateTimeOffset? Clock { get; init; }
}
