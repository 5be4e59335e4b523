using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>struct fiemap_extent of linux/fiemap.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FileExtent
{
    /// <summary>The last of its file.</summary>
    public const uint Last = 0x0001;

    /// <summary>Allocated, and reads as zeros.</summary>
    public const uint Unwritten = 0x0800;

    public ulong Logical;
    public ulong Physical;
    public ulong Length;
    public fixed ulong Reserved64[2];
    public uint Flags;
    public fixed uint Reserved[3];
}
