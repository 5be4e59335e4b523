using System.Buffers.Binary;
using VdFs.Core.Errors;

namespace VdFs.Fuse.Native;

/// <summary>
/// What tells filesystems apart, also after a reboot. f_fsid of statfs(2) does, being made of the filesystem's UUID (ext4, btrfs), except on XFS,
/// where it is the device number: there the UUID itself is asked for.
/// </summary>
internal static unsafe class FileSystemId
{
    private const long XfsMagic = 0x58465342;

    /// <summary>XFS_IOC_FSGEOMETRY_V1 of xfs_fs.h: its structure is 112 bytes long and has the UUID at 64.</summary>
    private const nuint XfsGeometry = 0x80705864;
    private const int XfsGeometrySize = 112;
    private const int XfsUuid = 64;

    /// <summary>The id, if the filesystem needs to be asked through an open file; 0 if f_fsid of each file is right (btrfs has one per subvolume).</summary>
    /// <param name="directory">Readable, not O_PATH.</param>
    public static FsError Find(int directory, out ulong id)
    {
        id = 0;
        StatFsBuffer statistics;
        FsError error = Libc.Check(Libc.fstatfs(directory, &statistics));
        if (error != FsError.None || statistics.Type != XfsMagic)
            return error;
        byte* geometry = stackalloc byte[XfsGeometrySize];
        error = Libc.Check(Libc.ioctl(directory, XfsGeometry, geometry));
        if (error != FsError.None)
            return error;
        ReadOnlySpan<byte> uuid = new(geometry + XfsUuid, 16);
        id = BinaryPrimitives.ReadUInt64LittleEndian(uuid) ^ BinaryPrimitives.ReadUInt64LittleEndian(uuid[8..]);
        return FsError.None;
    }
}
