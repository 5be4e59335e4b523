using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>System calls of starting a process and waiting for it. errno: <see cref="Marshal.GetLastSystemError"/>, except for posix_spawn(3), which answers it.</summary>
internal static unsafe partial class ChildLibc
{
    private const string Libc = "libc";

    /// <summary>Room for posix_spawn_file_actions_t and posix_spawnattr_t: 80 and 336 bytes in glibc and musl of 64 bits.</summary>
    public const int SpawnObjectSize = 512;

    /// <summary>sigset_t.</summary>
    public const int SignalSetSize = 128;

    public const short SpawnSetSignalMask = 0x08;
    public const short SpawnSetSession = 0x80;

    public const int SignalKill = 9;

    /// <summary>The same number on every architecture since 2011.</summary>
    private const long PidFdOpen = 434;

    [LibraryImport(Libc)]
    public static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport(Libc)]
    public static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport(Libc)]
    public static partial int posix_spawn_file_actions_adddup2(byte* actions, int descriptor, int target);

    [LibraryImport(Libc)]
    public static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport(Libc)]
    public static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport(Libc)]
    public static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport(Libc)]
    public static partial int posix_spawnattr_setsigmask(byte* attributes, byte* signals);

    [LibraryImport(Libc)]
    public static partial int posix_spawn(int* pid, byte* path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport(Libc)]
    public static partial int waitpid(int pid, int* status, int options);

    [LibraryImport(Libc)]
    public static partial int kill(int pid, int signal);

    /// <summary>A descriptor that becomes readable when the process has ended with all its threads.</summary>
    public static int pidfd_open(int pid) => (int)syscall(PidFdOpen, pid, 0);

    [LibraryImport(Libc)]
    public static partial int eventfd(uint initial, int flags);

    [LibraryImport(Libc)]
    private static partial long syscall(long number, nint a, nint b);
}
