using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>struct fsxattr of linux/fs.h (ioctl_fsgetxattr(2)).</summary>
[StructLayout(LayoutKind.Sequential, Size = 28)]
internal struct ExtendedFlags
{
    public uint Flags;
    public uint ExtentSize;

    /// <summary>Number of extents; told, never set.</summary>
    public uint Extents;
    public uint Project;
    public uint CopyExtentSize;
}
