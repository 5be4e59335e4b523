using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>System calls of the transport. errno: <see cref="Marshal.GetLastSystemError"/> right after a result of -1.</summary>
internal static unsafe partial class FuseLibc
{
    private const string Libc = "libc";

    /// <summary>_IOR(229, 0, uint32_t): makes a descriptor another queue of the connection whose descriptor the argument points to.</summary>
    public const nuint DeviceClone = 0x8004E500;

    /// <summary>_IOW(229, 1, struct fuse_backing_map): registers a file at the connection and answers its backing id. Needs CAP_SYS_ADMIN.</summary>
    public const nuint BackingOpen = 0x4010E501;

    /// <summary>_IOW(229, 2, uint32_t): takes a backing id back.</summary>
    public const nuint BackingClose = 0x4004E502;

    public const int ReadWrite = 2;
    public const int CloseOnExec = 0x80000;
    public const int FcntlGetFlags = 3;
    public const int FcntlSetFlags = 4;
    public const int FcntlSetDescriptorFlags = 2;
    public const int NonBlock = 0x800;
    public const short PollIn = 1;

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Fd;
        public short Events;
        public short Revents;
    }

    /// <summary>Past glibc's wrapper, which in a process with threads prepares each call for the thread's cancellation.</summary>
    public static nint read(int fd, void* buffer, nuint count) => (nint)syscall(SystemCallNumber.Read, fd, (nint)buffer, (nint)count);

    /// <inheritdoc cref="read"/>
    public static nint write(int fd, void* buffer, nuint count) => (nint)syscall(SystemCallNumber.Write, fd, (nint)buffer, (nint)count);

    [LibraryImport(Libc)]
    public static partial int open(byte* path, int flags, uint mode);

    [LibraryImport(Libc)]
    public static partial int close(int fd);

    [LibraryImport(Libc)]
    public static partial int ioctl(int fd, nuint request, void* argument);

    [LibraryImport(Libc)]
    public static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport(Libc)]
    public static partial int poll(PollFd* descriptors, nuint count, int milliseconds);

    [LibraryImport(Libc)]
    public static partial int mlock(void* address, nuint length);

    [LibraryImport(Libc)]
    public static partial int munlock(void* address, nuint length);

    [LibraryImport(Libc)]
    public static partial uint geteuid();

    [LibraryImport(Libc)]
    public static partial uint getegid();

    [LibraryImport(Libc)]
    private static partial long syscall(long number, nint a, nint b, nint c);
}
