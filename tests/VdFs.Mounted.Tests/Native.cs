using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VdFs.Mounted.Tests;

/// <summary>The one system call that the tests' own process needs and .NET has not.</summary>
internal static partial class Native
{
    private const int KeepSize = 1;
    private const int PunchHole = 2;
    private const int ZeroRange = 0x10;

    public static void Punch(SafeFileHandle file, long offset, long length) => Allocate(file, PunchHole | KeepSize, offset, length);

    /// <summary>Zeros, growing the file if the range goes past its end.</summary>
    public static void Zero(SafeFileHandle file, long offset, long length) => Allocate(file, ZeroRange, offset, length);

    private static void Allocate(SafeFileHandle file, int mode, long offset, long length)
    {
        if (fallocate(file, mode, offset, length) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);
}
