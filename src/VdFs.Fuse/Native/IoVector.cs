namespace VdFs.Fuse.Native;

/// <summary>struct iovec.</summary>
internal unsafe struct IoVector
{
    public byte* Base;
    public nint Length;
}
