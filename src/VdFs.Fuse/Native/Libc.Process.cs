using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <content>Who the process and its threads are, limits, shared memory.</content>
internal static unsafe partial class Libc
{
    public const int CLONE_FS = 0x200;
    public const int RLIMIT_NOFILE = 7;
    public const uint MFD_CLOEXEC = 1;
    public const uint MFD_ALLOW_SEALING = 2;
    public const int F_ADD_SEALS = 1033;
    public const int F_SEAL_SHRINK = 2;
    public const int F_SEAL_GROW = 4;
    public const int F_DUPFD_CLOEXEC = 1030;
    public const int PROT_READ = 1;
    public const int PROT_WRITE = 2;
    public const int MAP_SHARED = 1;

    [LibraryImport(Library)]
    public static partial uint geteuid();

    [LibraryImport(Library)]
    public static partial uint getegid();

    [LibraryImport(Library)]
    public static partial int getgroups(int count, uint* groups);

    /// <summary>Of the calling thread alone. Answers the former id, whether it worked or not.</summary>
    [LibraryImport(Library)]
    public static partial int setfsuid(uint uid);

    /// <summary>Of the calling thread alone. Answers the former id, whether it worked or not.</summary>
    [LibraryImport(Library)]
    public static partial int setfsgid(uint gid);

    /// <summary>Of the calling thread alone; glibc's function of this name changes all threads.</summary>
    public static int setgroups(int count, uint* groups) =>
        (int)syscall(SystemCallNumber.SetGroups, count, (nint)groups, 0, 0, 0);

    [LibraryImport(Library)]
    public static partial int unshare(int flags);

    [LibraryImport(Library)]
    public static partial uint umask(uint mask);

    [LibraryImport(Library)]
    public static partial int getrlimit(int resource, ResourceLimit* limit);

    [LibraryImport(Library)]
    public static partial int setrlimit(int resource, ResourceLimit* limit);

    [LibraryImport(Library)]
    public static partial int fcntl(int descriptor, int command, nint argument);

    public const int F_GETFL = 3;
    public const int F_SETFL = 4;

    [LibraryImport(Library)]
    public static partial int memfd_create(byte* name, uint flags);

    [LibraryImport(Library)]
    public static partial void* mmap(void* address, nint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport(Library)]
    public static partial int munmap(void* address, nint length);
}
