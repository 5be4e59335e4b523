namespace VdFs.Fuse.Backing;

/// <summary>
/// Which flags of a backing file may be changed through the mount: those that only say how the filesystem stores it or what else may be done with it.
/// Left out: append-only, since the daemon opens images for reading and writing at any offset, which the kernel refuses on such a file; what moves or
/// converts content (realtime, encryption, inline data, verity, DAX, case folding); and what the kernel alone sets.
/// </summary>
internal static class FileFlagRules
{
    /// <summary>FS_*_FL of linux/fs.h: secure and undelete hints, compression and its refusal, sync, immutable, no dump, no atime, data journalling, no tail, dirsync, top of tree, no copy-on-write, project inheritance.</summary>
    public const uint Changeable = 0x1 | 0x2 | 0x4 | 0x400 | 0x8 | 0x10 | 0x40 | 0x80 | 0x4000 | 0x8000 | 0x10000 | 0x20000 | 0x800000 | 0x20000000;

    /// <summary>FS_XFLAG_* of linux/fs.h: immutable, sync, no atime, no dump, project inheritance, extent size and its inheritance, no defragmentation, file streams, extent size of copies.</summary>
    public const uint ChangeableExtended = 0x8 | 0x20 | 0x40 | 0x80 | 0x200 | 0x800 | 0x1000 | 0x2000 | 0x4000 | 0x10000;
}
