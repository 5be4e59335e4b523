using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VdFs.Mounted.Tests;

/// <summary>The system calls that the tests' own process needs and .NET has not.</summary>
internal static partial class Native
{
    private const int KeepSize = 1;
    private const int PunchHole = 2;
    private const int ZeroRange = 0x10;
    private const int DontNeed = 4;
    private const int WriteOnly = 1;
    private const int Direct = 0x4000;

    public static void Punch(SafeFileHandle file, long offset, long length) => Allocate(file, PunchHole | KeepSize, offset, length);

    /// <summary>Zeros, growing the file if the range goes past its end.</summary>
    public static void Zero(SafeFileHandle file, long offset, long length) => Allocate(file, ZeroRange, offset, length);

    private static void Allocate(SafeFileHandle file, int mode, long offset, long length)
    {
        if (fallocate(file, mode, offset, length) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>Opens for writing past the page cache: one write is one request to a filesystem of FUSE.</summary>
    public static SafeFileHandle OpenDirect(string path)
    {
        SafeFileHandle file = open(path, WriteOnly | Direct);
        return file.IsInvalid ? throw new Win32Exception(Marshal.GetLastPInvokeError()) : file;
    }

    /// <summary>Makes the kernel forget a file's content that is written back.</summary>
    public static void DropCache(SafeFileHandle file) => _ = posix_fadvise(file, 0, 0, DontNeed);

    /// <summary>kill(2), by no other process: one that is started has this one's files until it has begun, and closing them may wait for the very process that is to go on.</summary>
    public static void Signal(int process, int signal)
    {
        if (kill(process, signal) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public const int SignalContinue = 18;
    public const int SignalStop = 19;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc")]
    private static partial int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);
}
