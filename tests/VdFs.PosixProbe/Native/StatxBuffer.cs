using System.Runtime.InteropServices;

namespace VdFs.PosixProbe.Native;

/// <summary>struct statx of linux/stat.h.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatxBuffer
{
    [FieldOffset(0)] public uint Mask;
    [FieldOffset(4)] public uint BlockSize;
    [FieldOffset(16)] public uint Links;
    [FieldOffset(20)] public uint Owner;
    [FieldOffset(24)] public uint Group;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong Size;
    [FieldOffset(48)] public ulong Blocks;
    [FieldOffset(64)] public TimeBuffer Access;
    [FieldOffset(80)] public TimeBuffer Birth;
    [FieldOffset(96)] public TimeBuffer Change;
    [FieldOffset(112)] public TimeBuffer Modification;
    [FieldOffset(128)] public uint RawDeviceMajor;
    [FieldOffset(132)] public uint RawDeviceMinor;
}
