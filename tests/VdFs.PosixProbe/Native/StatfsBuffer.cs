using System.Runtime.InteropServices;

namespace VdFs.PosixProbe.Native;

/// <summary>struct statfs of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct StatfsBuffer
{
    [FieldOffset(8)] public long BlockSize;
    [FieldOffset(16)] public ulong Blocks;
    [FieldOffset(40)] public ulong Files;
    [FieldOffset(64)] public long NameLength;
    [FieldOffset(72)] public long FragmentSize;
}
