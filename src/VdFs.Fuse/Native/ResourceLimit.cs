namespace VdFs.Fuse.Native;

/// <summary>struct rlimit on 64-bit systems.</summary>
internal struct ResourceLimit
{
    public ulong Soft;
    public ulong Hard;
}
