using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>struct fiemap of linux/fiemap.h with room for some extents (Documentation/filesystems/fiemap.rst).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ExtentMap
{
    public const int Most = 16;

    public ulong Start;
    public ulong Length;
    public uint Flags;
    public uint MappedExtents;
    public uint ExtentCount;
    public uint Reserved;
    public Extents Found;

    /// <summary>The first <see cref="MappedExtents"/> of them count.</summary>
    [InlineArray(Most)]
    internal struct Extents
    {
        private FileExtent first;
    }
}
