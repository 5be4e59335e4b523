namespace VdFs.Fuse.Native;

/// <summary>struct timespec on 64-bit systems.</summary>
internal struct KernelTime
{
    public long Seconds;
    public long Nanoseconds;
}
