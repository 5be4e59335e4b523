using System.Runtime.InteropServices;
using VdFs.Core.Storage;

namespace VdFs.Backup.Native;

/// <summary>struct statx (include/uapi/linux/stat.h), the same on every architecture: what is used of it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatxBuffer
{
    [FieldOffset(20)] public uint Uid;
    [FieldOffset(24)] public uint Gid;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong Size;
    [FieldOffset(48)] public ulong Blocks;
    [FieldOffset(112)] public long ModifySeconds;
    [FieldOffset(120)] public uint ModifyNanoseconds;
    [FieldOffset(128)] public uint RawDeviceMajor;
    [FieldOffset(132)] public uint RawDeviceMinor;
    [FieldOffset(136)] public uint DeviceMajor;
    [FieldOffset(140)] public uint DeviceMinor;

    public readonly FileAttributes ToAttributes() => new()
    {
        Key = new(((ulong)DeviceMajor << 32) | DeviceMinor, Inode),
        Size = (long)Size,
        Blocks = (long)Blocks,
        ModifyTime = new(ModifySeconds, ModifyNanoseconds),
        Mode = Mode,
        Uid = Uid,
        Gid = Gid,
    };
}
