using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <content>Attributes, identity, extended attributes.</content>
internal static unsafe partial class Libc
{
    /// <summary>STATX_BASIC_STATS and STATX_BTIME.</summary>
    public const uint STATX_ALL = 0xFFF;
    public const uint STATX_INO = 0x100;
    public const uint STATX_BTIME = 0x800;

    /// <summary>In stx_attributes: root of a mount. Linux 5.8.</summary>
    public const ulong STATX_ATTR_MOUNT_ROOT = 0x2000;

    /// <summary>In tv_nsec of utimensat(2): now.</summary>
    public const long UTIME_NOW = 0x3FFFFFFF;

    /// <summary>In tv_nsec of utimensat(2): leave as it is.</summary>
    public const long UTIME_OMIT = 0x3FFFFFFE;

    public const long PROC_SUPER_MAGIC = 0x9FA0;

    [LibraryImport(Library)]
    public static partial int statx(int directory, byte* path, int flags, uint mask, StatxBuffer* result);

    [LibraryImport(Library)]
    public static partial int fchmodat(int directory, byte* path, uint mode, int flags);

    [LibraryImport(Library)]
    public static partial int fchownat(int directory, byte* path, uint uid, uint gid, int flags);

    /// <param name="times">Two: access and modification; may hold <see cref="UTIME_NOW"/> and <see cref="UTIME_OMIT"/>.</param>
    [LibraryImport(Library)]
    public static partial int utimensat(int directory, byte* path, KernelTime* times, int flags);

    [LibraryImport(Library, EntryPoint = "fstatfs64")]
    public static partial int fstatfs(int descriptor, StatFsBuffer* result);

    [LibraryImport(Library)]
    public static partial int name_to_handle_at(int directory, byte* path, FileHandleBuffer* handle, int* mountId, int flags);

    [LibraryImport(Library)]
    public static partial int open_by_handle_at(int mount, FileHandleBuffer* handle, int flags);

    [LibraryImport(Library)]
    public static partial nint getxattr(byte* path, byte* name, byte* value, nint size);

    [LibraryImport(Library)]
    public static partial nint lgetxattr(byte* path, byte* name, byte* value, nint size);

    [LibraryImport(Library)]
    public static partial nint listxattr(byte* path, byte* list, nint size);

    [LibraryImport(Library)]
    public static partial nint llistxattr(byte* path, byte* list, nint size);

    /// <summary>Linux 6.13; ENOSYS before. Has no wrapper in glibc.</summary>
    public static nint listxattrat(int directory, byte* path, int flags, byte* list, nint size) =>
        (nint)syscall(SystemCallNumber.ListXattrAt, directory, (nint)path, flags, (nint)list, size);

    [LibraryImport(Library)]
    public static partial int setxattr(byte* path, byte* name, byte* value, nint size, int flags);

    [LibraryImport(Library)]
    public static partial int removexattr(byte* path, byte* name);
}
