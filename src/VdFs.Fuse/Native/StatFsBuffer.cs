using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>struct statfs64 on 64-bit systems.</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct StatFsBuffer
{
    /// <summary><see cref="Type"/> of btrfs (linux/magic.h).</summary>
    public const long Btrfs = 0x9123683E;

    [FieldOffset(0)] public long Type;
    [FieldOffset(8)] public long BlockSize;
    [FieldOffset(16)] public ulong Blocks;
    [FieldOffset(24)] public ulong FreeBlocks;
    [FieldOffset(32)] public ulong AvailableBlocks;
    [FieldOffset(40)] public ulong Files;
    [FieldOffset(48)] public ulong FreeFiles;
    [FieldOffset(56)] public ulong FileSystemId;
    [FieldOffset(64)] public long NameLength;
    [FieldOffset(72)] public long FragmentSize;
    [FieldOffset(80)] public long Flags;
}
