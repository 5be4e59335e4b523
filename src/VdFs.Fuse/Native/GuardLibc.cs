using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>System calls about what the kernel may do to a process that is short of memory. errno: <see cref="Marshal.GetLastSystemError"/>.</summary>
internal static unsafe partial class GuardLibc
{
    private const string Libc = "libc";

    /// <summary>PR_SET_IO_FLUSHER and PR_GET_IO_FLUSHER (linux/prctl.h, since 5.6): of the calling thread, inherited by what it starts and kept over execve(2).</summary>
    public const int SetIoFlusher = 57;
    public const int GetIoFlusher = 58;

    /// <summary>RLIMIT_MEMLOCK.</summary>
    public const int MemoryLockLimit = 8;

    /// <summary>MCL_CURRENT, MCL_FUTURE and MCL_ONFAULT: what is there stays, and so does what comes, from when it was first touched.</summary>
    public const int LockAllTouched = 1 | 2 | 4;

    /// <summary>FSCONFIG_CMD_CREATE.</summary>
    public const uint ConfigureCreate = 6;

    // The mount calls of Linux 5.2 have the same number on every architecture.
    private const long FsOpen = 430;
    private const long FsConfig = 431;
    private const long FsMount = 432;

    [LibraryImport(Libc)]
    public static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Libc)]
    public static partial int mlockall(int flags);

    /// <summary>A configuration of a filesystem type; a descriptor, or -1.</summary>
    public static int fsopen(byte* type) => (int)syscall(FsOpen, (nint)type, 1, 0, 0, 0);

    public static int fsconfig(int context, uint command) => (int)syscall(FsConfig, context, (nint)command, 0, 0, 0);

    /// <summary>A mount that stands at no path; a descriptor of its root, or -1.</summary>
    public static int fsmount(int context) => (int)syscall(FsMount, context, 1, 0, 0, 0);

    [LibraryImport(Libc)]
    private static partial long syscall(long number, nint a, nint b, nint c, nint d, nint e);
}
