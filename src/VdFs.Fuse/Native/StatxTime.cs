using VdFs.Core.Storage;

namespace VdFs.Fuse.Native;

/// <summary>struct statx_timestamp.</summary>
internal struct StatxTime
{
    public long Seconds;
    public uint Nanoseconds;
    public int Reserved;

    public readonly TimeSpec ToTimeSpec() => new(Seconds, Nanoseconds);
}
