using System.Runtime.InteropServices;

namespace VdFs.PosixProbe.Native;

/// <summary>struct flock of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlockBuffer
{
    public short Type;
    public short Whence;
    public long Start;
    public long Length;
    public int Process;
}
