using System.Runtime.InteropServices;

namespace VdFs.PosixProbe.Native;

/// <summary>struct statx_timestamp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeBuffer
{
    public long Seconds;
    public uint Nanoseconds;
    public int Reserved;

    public override readonly string ToString() => $"{Seconds}.{Nanoseconds:D9}";
}
