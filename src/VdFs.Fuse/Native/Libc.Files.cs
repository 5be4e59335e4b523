using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <content>Opening files and what is done with an open one.</content>
internal static unsafe partial class Libc
{
    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_NOATIME = 0x40000;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;

    // These differ between architectures (arch/arm64/include/uapi/asm/fcntl.h).
    public static readonly int O_DIRECTORY = SystemCallNumber.IsArm64 ? 0x4000 : 0x10000;
    public static readonly int O_NOFOLLOW = SystemCallNumber.IsArm64 ? 0x8000 : 0x20000;
    public static readonly int O_DIRECT = SystemCallNumber.IsArm64 ? 0x10000 : 0x4000;
    public static readonly int O_TMPFILE = 0x400000 | O_DIRECTORY;

    public const int RESOLVE_NO_XDEV = 0x01;
    public const int RESOLVE_NO_MAGICLINKS = 0x02;
    public const int RESOLVE_NO_SYMLINKS = 0x04;
    public const int RESOLVE_BENEATH = 0x08;

    public const int RWF_DSYNC = 0x2;
    public const int RWF_SYNC = 0x4;

    public const int SEEK_SET = 0;
    public const int SEEK_DATA = 3;
    public const int SEEK_HOLE = 4;

    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;

    [LibraryImport(Library)]
    public static partial int openat(int directory, byte* path, int flags, uint mode);

    /// <summary>Has no wrapper in glibc.</summary>
    public static int openat2(int directory, byte* path, OpenHow* how) =>
        (int)syscall(SystemCallNumber.OpenAt2, directory, (nint)path, (nint)how, sizeof(OpenHow), 0);

    [LibraryImport(Library)]
    public static partial int close(int descriptor);

    /// <summary>Past glibc's wrapper, which in a process with threads prepares each call for the thread's cancellation.</summary>
    public static nint pread(int descriptor, byte* buffer, nint count, long offset) =>
        (nint)syscall(SystemCallNumber.PositionalRead, descriptor, (nint)buffer, count, (nint)offset, 0);

    [LibraryImport(Library)]
    public static partial nint read(int descriptor, byte* buffer, nint count);

    /// <inheritdoc cref="pread"/>
    public static nint pwrite(int descriptor, byte* buffer, nint count, long offset) =>
        (nint)syscall(SystemCallNumber.PositionalWrite, descriptor, (nint)buffer, count, (nint)offset, 0);

    [LibraryImport(Library)]
    public static partial nint pwritev2(int descriptor, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport(Library)]
    public static partial int fallocate(int descriptor, int mode, long offset, long length);

    [LibraryImport(Library)]
    public static partial int ftruncate(int descriptor, long length);

    [LibraryImport(Library)]
    public static partial long lseek(int descriptor, long offset, int whence);

    [LibraryImport(Library)]
    public static partial int fsync(int descriptor);

    [LibraryImport(Library)]
    public static partial int fdatasync(int descriptor);

    [LibraryImport(Library)]
    public static partial int syncfs(int descriptor);

    [LibraryImport(Library)]
    public static partial nint copy_file_range(int source, long* sourceOffset, int target, long* targetOffset, nint length, uint flags);

    [LibraryImport(Library)]
    public static partial nint getdents64(int descriptor, byte* buffer, nint size);

    /// <summary>_IOW(0x94, 13, struct file_clone_range).</summary>
    public const nuint FICLONERANGE = 0x4020940D;

    /// <summary>_IOR('f', 1, long); the kernel takes and gives an int.</summary>
    public const nuint FS_IOC_GETFLAGS = 0x80086601;

    /// <summary>_IOW('f', 2, long).</summary>
    public const nuint FS_IOC_SETFLAGS = 0x40086602;

    /// <summary>_IOR('X', 31, struct fsxattr).</summary>
    public const nuint FS_IOC_FSGETXATTR = 0x801C581F;

    /// <summary>_IOW('X', 32, struct fsxattr).</summary>
    public const nuint FS_IOC_FSSETXATTR = 0x401C5820;

    /// <summary>_IOWR('f', 11, struct fiemap).</summary>
    public const nuint FS_IOC_FIEMAP = 0xC020660B;

    /// <summary>Whether nothing in a range of a file waits for a device. False also where the kernel can't tell (before Linux 6.5).</summary>
    public static bool IsWrittenBack(int descriptor, long offset, long length)
    {
        long* range = stackalloc long[2];
        range[0] = offset;
        range[1] = length;
        CacheState state = default;
        return syscall(SystemCallNumber.CacheStat, descriptor, (nint)range, (nint)(&state), 0, 0) == 0 && state.Dirty == 0 && state.UnderWriteback == 0;
    }

    [LibraryImport(Library)]
    public static partial int ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport(Library)]
    public static partial int flock(int descriptor, int operation);
}
