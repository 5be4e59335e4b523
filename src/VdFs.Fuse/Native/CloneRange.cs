using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>struct file_clone_range of linux/fs.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CloneRange
{
    public long Source;
    public ulong SourceOffset;
    public ulong Length;
    public ulong Offset;
}
