using System.Runtime.InteropServices;
using VdFs.Core.Errors;

namespace VdFs.Backup.Native;

/// <summary>The system calls of this project, as thin as can be: C names, blittable arguments, -1 and errno. See each call's page in section 2 of the manual.</summary>
internal static unsafe partial class Libc
{
    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_REMOVEDIR = 0x200;
    public const int AT_EMPTY_PATH = 0x1000;

    /// <summary>What the kernel knows already: a filesystem whose server hangs isn't asked.</summary>
    public const int AT_STATX_DONT_SYNC = 0x4000;

    public const int O_RDONLY = 0;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;

    // These differ between architectures (arch/arm64/include/uapi/asm/fcntl.h).
    public static readonly int O_DIRECTORY = IsArm64 ? 0x4000 : 0x10000;
    public static readonly int O_NOFOLLOW = IsArm64 ? 0x8000 : 0x20000;

    public const int RESOLVE_NO_MAGICLINKS = 0x02;
    public const int RESOLVE_NO_SYMLINKS = 0x04;
    public const int RESOLVE_BENEATH = 0x08;

    public const uint STATX_ALL = 0xFFF;

    public const int SEEK_END = 2;
    public const int SEEK_DATA = 3;
    public const int SEEK_HOLE = 4;

    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;
    public const int LOCK_UN = 8;

    /// <summary>Open file description locks, as QEMU takes on its images.</summary>
    public const int F_OFD_GETLK = 36;
    public const short F_WRLCK = 1;
    public const short F_UNLCK = 2;

    public const int FALLOC_FL_KEEP_SIZE = 1;
    public const int FALLOC_FL_PUNCH_HOLE = 2;

    public const int SIGKILL = 9;
    public const int SIGTERM = 15;

    /// <summary>struct timespec's tv_nsec that leaves a time as it is (utimensat(2)).</summary>
    public const long UTIME_OMIT = 0x3FFFFFFE;

    private const string Library = "libc";
    private const long OpenAt2Number = 437;

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>The error of the call that just failed on this thread. Nothing may stand between the call and this.</summary>
    public static FsError LastError => Errno.ToError(Marshal.GetLastSystemError());

    public static FsError Check(int result) => result >= 0 ? FsError.None : LastError;

    /// <summary>Has no wrapper in glibc.</summary>
    public static int openat2(int directory, byte* path, OpenHow* how) =>
        (int)syscall(OpenAt2Number, directory, (nint)path, (nint)how, sizeof(OpenHow));

    [LibraryImport(Library)]
    public static partial int openat(int directory, byte* path, int flags, uint mode);

    [LibraryImport(Library)]
    public static partial int statx(int directory, byte* path, int flags, uint mask, StatxBuffer* result);

    [LibraryImport(Library)]
    public static partial nint getdents64(int descriptor, byte* buffer, nint size);

    [LibraryImport(Library)]
    public static partial nint readlinkat(int directory, byte* path, byte* buffer, nint size);

    [LibraryImport(Library)]
    public static partial int mkdirat(int directory, byte* path, uint mode);

    [LibraryImport(Library)]
    public static partial int symlinkat(byte* target, int directory, byte* path);

    [LibraryImport(Library)]
    public static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport(Library)]
    public static partial int renameat(int directory, byte* path, int newDirectory, byte* newPath);

    [LibraryImport(Library)]
    public static partial int fsync(int descriptor);

    [LibraryImport(Library)]
    public static partial long lseek(int descriptor, long offset, int whence);

    [LibraryImport(Library)]
    public static partial int fallocate(int descriptor, int mode, long offset, long length);

    [LibraryImport(Library)]
    public static partial int flock(int descriptor, int operation);

    [LibraryImport(Library)]
    public static partial int fcntl(int descriptor, int command, FileLock* argument);

    [LibraryImport(Library)]
    public static partial int fchmod(int descriptor, uint mode);

    [LibraryImport(Library)]
    public static partial int fchownat(int directory, byte* path, uint user, uint group, int flags);

    /// <param name="times">Access and modification time: seconds, nanoseconds, seconds, nanoseconds.</param>
    [LibraryImport(Library)]
    public static partial int utimensat(int directory, byte* path, long* times, int flags);

    [LibraryImport(Library)]
    public static partial nint listxattr(byte* path, byte* names, nint size);

    [LibraryImport(Library)]
    public static partial nint getxattr(byte* path, byte* name, byte* value, nint size);

    [LibraryImport(Library)]
    public static partial int setxattr(byte* path, byte* name, byte* value, nint size, int flags);

    [LibraryImport(Library)]
    public static partial int removexattr(byte* path, byte* name);

    [LibraryImport(Library)]
    public static partial int fchown(int descriptor, uint user, uint group);

    [LibraryImport(Library)]
    public static partial uint geteuid();

    [LibraryImport(Library)]
    public static partial int kill(int process, int signal);

    [LibraryImport(Library)]
    private static partial long syscall(long number, nint a, nint b, nint c, nint d);
}
