using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>Numbers of the system calls that are made without the C library: asm/unistd_64.h (x86-64), asm-generic/unistd.h (arm64).</summary>
internal static class SystemCallNumber
{
    public const long OpenAt2 = 437;
    public const long ListXattrAt = 465;

    public static readonly bool IsArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
    public static readonly long SetGroups = IsArm64 ? 159 : 116;
}
