using System.Runtime.InteropServices;
using VdFs.Core.Storage;

namespace VdFs.Fuse.Native;

/// <summary>struct statx (include/uapi/linux/stat.h), the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatxBuffer
{
    [FieldOffset(0)] public uint Mask;
    [FieldOffset(4)] public uint BlockSize;
    [FieldOffset(8)] public ulong Attributes;
    [FieldOffset(16)] public uint Links;
    [FieldOffset(20)] public uint Uid;
    [FieldOffset(24)] public uint Gid;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong Size;
    [FieldOffset(48)] public ulong Blocks;
    [FieldOffset(56)] public ulong AttributesMask;
    [FieldOffset(64)] public StatxTime AccessTime;
    [FieldOffset(80)] public StatxTime BirthTime;
    [FieldOffset(96)] public StatxTime ChangeTime;
    [FieldOffset(112)] public StatxTime ModifyTime;
    [FieldOffset(128)] public uint RawDeviceMajor;
    [FieldOffset(132)] public uint RawDeviceMinor;
    [FieldOffset(136)] public uint DeviceMajor;
    [FieldOffset(140)] public uint DeviceMinor;
    [FieldOffset(144)] public ulong MountId;

    public readonly FileKey Key => new(((ulong)DeviceMajor << 32) | DeviceMinor, Inode);

    public readonly bool IsMountRoot => (Attributes & Libc.STATX_ATTR_MOUNT_ROOT) != 0;

    public readonly void CopyTo(out FileAttributes attributes)
    {
        attributes = default;
        attributes.Key = Key;
        attributes.Size = (long)Size;
        attributes.Blocks = (long)Blocks;
        attributes.AccessTime = AccessTime.ToTimeSpec();
        attributes.ModifyTime = ModifyTime.ToTimeSpec();
        attributes.ChangeTime = ChangeTime.ToTimeSpec();
        if ((Mask & Libc.STATX_BTIME) != 0)
            attributes.BirthTime = BirthTime.ToTimeSpec();
        attributes.Mode = Mode;
        attributes.Links = Links;
        attributes.Uid = Uid;
        attributes.Gid = Gid;
        // new_encode_dev() of include/linux/kdev_t.h
        attributes.RawDevice = (RawDeviceMinor & 0xFF) | (RawDeviceMajor << 8) | ((RawDeviceMinor & ~0xFFu) << 12);
        attributes.BlockSize = BlockSize;
    }
}
