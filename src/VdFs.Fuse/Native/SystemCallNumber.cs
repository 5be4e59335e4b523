using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>Numbers of the system calls that are made without the C library: asm/unistd_64.h (x86-64), asm-generic/unistd.h (arm64).</summary>
internal static class SystemCallNumber
{
    public const long OpenAt2 = 437;
    public const long CacheStat = 451;
    public const long ListXattrAt = 465;

    public static readonly bool IsArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
    public static readonly long SetGroups = IsArm64 ? 159 : 116;
    public static readonly long Read = IsArm64 ? 63 : 0;
    public static readonly long Write = IsArm64 ? 64 : 1;
    public static readonly long PositionalRead = IsArm64 ? 67 : 17;
    public static readonly long PositionalWrite = IsArm64 ? 68 : 18;
}
