using System.Runtime.InteropServices;
using VdFs.Core.Errors;

namespace VdFs.Fuse.Native;

/// <summary>
/// System calls, as thin as can be: C names, blittable arguments, -1 and errno. See each call's page in section 2 of the manual.
/// Split by concern: files, names, attributes, processes, memory.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_REMOVEDIR = 0x200;
    public const int AT_SYMLINK_FOLLOW = 0x400;
    public const int AT_NO_AUTOMOUNT = 0x800;
    public const int AT_EMPTY_PATH = 0x1000;

    /// <summary>errno of the call that just failed on this thread. Nothing may stand between the call and this.</summary>
    public static int LastErrno => Marshal.GetLastSystemError();

    /// <summary>The same as an error of the tree.</summary>
    public static FsError LastError => Errno.ToError(Marshal.GetLastSystemError());

    /// <summary>The outcome of a call that answers -1 and errno on failure.</summary>
    public static FsError Check(int result) => result >= 0 ? FsError.None : LastError;

    [LibraryImport(Library)]
    private static partial long syscall(long number, nint a, nint b, nint c, nint d, nint e);
}
