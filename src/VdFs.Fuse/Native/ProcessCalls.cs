using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Fuse.Native;

/// <summary>Calls about this process that the framework doesn't offer: user, session, standard descriptors, what is at a path.</summary>
public static unsafe partial class ProcessCalls
{
    private const int CloseRangeCloseOnExec = 4;
    private const int DuplicateCloseOnExec = 1030;
    private const int GetDescriptorFlags = 1;
    private const int GetSeals = 1034;
    private const int AtFileDescriptorCwd = -100;
    private const int AtNoFollow = 0x100;
    private const uint StatxTypeModeUid = 0x1 | 0x2 | 0x8;
    private const int OpenCloseOnExec = 0x80000;
    private const int OpenWriteOnly = 1;
    private const int OpenReadWrite = 2;
    private const int OpenNoWait = 0x800;
    private const int LockTogether = 1;
    private const int LockExclusive = 2;
    private const int LockNoWait = 4;
    private const int OpenCreate = 0x40;
    private const int OpenAppend = 0x400;

    private const nuint GetWindowSize = 0x5413;

    /// <summary>FS_IOC_GETFLAGS, FS_IOC_SETFLAGS and FS_NOCOW_FL of linux/fs.h; the flags are read and written as 32 bits.</summary>
    private const nint NoCopyOnWrite = 0x00800000;

    /// <summary>Effective user id.</summary>
    public static uint EffectiveUser() => geteuid();

    /// <summary>Columns of the terminal that standard output is; null: it is none, or one that doesn't know (TIOCGWINSZ of ioctl_tty(2): four 16-bit numbers, rows and columns first).</summary>
    public static int? TerminalWidth()
    {
        ushort* size = stackalloc ushort[4];
        return Libc.ioctl(1, GetWindowSize, size) >= 0 && size[1] > 0 ? size[1] : null;
    }

    /// <summary>Process id of who started this process.</summary>
    public static int Parent() => getppid();

    /// <summary>Begins a session of its own, so that the terminal's end doesn't reach this process (setsid(2)).</summary>
    public static bool StartSession() => setsid() >= 0;

    /// <summary>Descriptors from <paramref name="first"/> on aren't passed to programs that this process starts.</summary>
    public static void KeepFromChildren(int first) => _ = close_range((uint)first, uint.MaxValue, CloseRangeCloseOnExec);

    /// <summary>Whether a number is an open descriptor that was passed to this program: what the runtime has opened since isn't passed on.</summary>
    public static bool WasPassed(int descriptor) => fcntl(descriptor, GetDescriptorFlags, 0) == 0;

    /// <summary>Whether a descriptor is one of a <see cref="SharedRegion"/>'s memory.</summary>
    public static bool IsMemory(int descriptor) => fcntl(descriptor, GetSeals, 0) >= 0;

    /// <summary>Whether it is a directory (true), or anything else.</summary>
    public static unsafe bool IsDirectory(int descriptor)
    {
        byte empty = 0;
        StatxBuffer stat;
        return Libc.statx(descriptor, &empty, Libc.AT_EMPTY_PATH, Libc.STATX_ALL, &stat) >= 0 && (stat.Mode & 0xF000) == 0x4000;
    }

    /// <summary>A second descriptor of the same open file, 3 or above, not passed to children; negative on error.</summary>
    public static int Duplicate(int descriptor) => fcntl(descriptor, DuplicateCloseOnExec, 3);

    /// <summary>Lets <paramref name="target"/> be what <paramref name="source"/> is (dup2(2)).</summary>
    public static bool Redirect(int source, int target) => dup2(source, target) >= 0;

    /// <summary>Opens a file for appending, creating it for its owner only (mode 0600). A descriptor that children don't get; negative on error.</summary>
    public static int OpenForAppending(string path) =>
        open(path, OpenWriteOnly | OpenCreate | OpenAppend | OpenCloseOnExec, 0x180);

    /// <summary>
    /// Opens a file, creating it (mode 0600) if wanted, and locks it for this opening alone (flock(2)). A descriptor that children don't get by themselves; negative if
    /// it can't be opened or another opening has it locked.
    /// </summary>
    public static int OpenLocked(string path, bool create) => OpenLocked(path, create, out int descriptor) == FsError.None ? descriptor : -1;

    /// <summary>The same, and why it can't be: <see cref="FsError.Busy"/> if another opening has it locked. No symbolic link, and nothing that blocks, is opened: it may be another user's trap.</summary>
    public static FsError OpenLocked(string path, bool create, out int descriptor)
    {
        descriptor = open(path, OpenReadWrite | OpenCloseOnExec | OpenNoWait | Libc.O_NOFOLLOW | (create ? OpenCreate : 0), 0x180);
        if (descriptor < 0)
            return Libc.LastError;
        if (Lock(descriptor) is var error && error == FsError.None)
            return FsError.None;
        _ = close(descriptor);
        descriptor = -1;
        return error;
    }

    /// <summary>Locks an open directory together with others (flock(2)): systemd-tmpfiles then leaves alone what is in it.</summary>
    public static void LockShared(int descriptor) => _ = flock(descriptor, LockTogether | LockNoWait);

    /// <summary>
    /// Locks an open file or directory for this opening of it and its duplicates (flock(2)). <see cref="FsError.Busy"/> if another opening has it;
    /// <see cref="FsError.NotSupported"/> where its filesystem has no such locks, or none for what isn't open for writing (NFS).
    /// </summary>
    public static FsError Lock(int descriptor)
    {
        FsError error = Libc.Check(Libc.flock(descriptor, LockExclusive | LockNoWait));
        return error switch
        {
            FsError.TryAgain => FsError.Busy,
            FsError.BadHandle or FsError.NotImplemented or FsError.InvalidArgument => FsError.NotSupported,
            _ => error,
        };
    }

    /// <summary>
    /// What is made in a directory from here on is overwritten in place, where the filesystem would otherwise write elsewhere and so need room even to change a byte (btrfs: chattr +C, inherited). Nothing on other
    /// filesystems, and nothing that is there already changes.
    /// </summary>
    public static void OverwriteInPlace(int directory)
    {
        StatFsBuffer statistics;
        nint flags = 0;
        if (Libc.fstatfs(directory, &statistics) < 0 || statistics.Type != StatFsBuffer.Btrfs || Libc.ioctl(directory, Libc.FS_IOC_GETFLAGS, &flags) < 0 || (flags & NoCopyOnWrite) != 0)
            return;
        flags |= NoCopyOnWrite;
        // Refused where the filesystem is mounted so or belongs to another: then it goes without.
        _ = Libc.ioctl(directory, Libc.FS_IOC_SETFLAGS, &flags);
    }

    /// <summary>Which file or directory it is, among all that this machine has; null if it can't be told.</summary>
    public static FileKey? KeyOf(int descriptor)
    {
        byte empty = 0;
        StatxBuffer stat;
        return Libc.statx(descriptor, &empty, Libc.AT_EMPTY_PATH, Libc.STATX_INO, &stat) < 0 ? null : stat.Key;
    }

    /// <summary>Ends this process at once: nothing is flushed, no handler runs.</summary>
    [DoesNotReturn]
    public static void ExitNow(int code)
    {
        _exit(code);
        throw new InvalidOperationException("_exit returned");
    }

    /// <summary>
    /// Puts another program in this process's place (execve(2)): the process id, the environment that it was started with and the descriptors that children get stay.
    /// Returns errno if it can't be done.
    /// </summary>
    /// <param name="command">Full path of the program, and its arguments.</param>
    public static int Become(IReadOnlyList<string> command)
    {
        var arguments = new nint[command.Count + 1];
        for (int i = 0; i < command.Count; i++)
            arguments[i] = Marshal.StringToCoTaskMemUTF8(command[i]);
        int errno;
        fixed (nint* start = arguments)
        {
            _ = execv((byte*)arguments[0], (byte**)start);
            errno = Marshal.GetLastSystemError();
        }
        foreach (nint argument in arguments)
            Marshal.FreeCoTaskMem(argument);
        return errno;
    }

    /// <summary>Why the last call of this thread failed; to be asked right after it.</summary>
    public static FsError LastError => Libc.LastError;

    /// <summary>Opens a file or device for reading only; negative on error.</summary>
    public static int OpenForReading(string path) => open(path, OpenCloseOnExec, 0);

    /// <summary>The same for a file that may be another user's: no symbolic link is followed, and nothing that waits for a writer is waited for.</summary>
    public static int OpenSuspect(string path) => open(path, OpenCloseOnExec | OpenNoWait | Libc.O_NOFOLLOW, 0);

    public static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>Type and permission bits, and owner, of what is at a path, not following a symbolic link. 0, or errno.</summary>
    public static int Look(string path, out uint mode, out uint user)
    {
        // struct statx (linux/stat.h): stx_uid@20, stx_gid@24, stx_mode u16@28; 256 bytes on every architecture.
        byte* answer = stackalloc byte[256];
        mode = user = 0;
        if (statx(AtFileDescriptorCwd, path, AtNoFollow, StatxTypeModeUid, answer) != 0)
            return Marshal.GetLastSystemError();
        user = *(uint*)(answer + 20);
        mode = *(ushort*)(answer + 28);
        return 0;
    }

    /// <summary>Whether a file can be opened for reading, and for writing too. 0, or errno.</summary>
    public static int TryOpen(string path, bool write)
    {
        int descriptor = open(path, OpenCloseOnExec | (write ? 2 : 0), 0);
        if (descriptor < 0)
            return Marshal.GetLastSystemError();
        _ = close(descriptor);
        return 0;
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial int getppid();

    [LibraryImport("libc")]
    private static partial int setsid();

    [LibraryImport("libc")]
    private static partial int flock(int descriptor, int operation);

    [LibraryImport("libc")]
    private static partial void _exit(int code);

    [LibraryImport("libc")]
    private static partial int execv(byte* path, byte** arguments);

    [LibraryImport("libc")]
    private static partial int close_range(uint first, uint last, int flags);

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc")]
    private static partial int dup2(int source, int target);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, byte* answer);
}
