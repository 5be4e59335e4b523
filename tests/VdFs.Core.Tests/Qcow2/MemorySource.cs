using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Core.Tests.Qcow2;

/// <summary>Bytes in memory; counts the calls, which ought to be few and large.</summary>
internal sealed class MemorySource(byte[] content) : IClusterSource
{
    public int Calls { get; private set; }

    public FsError Read(long offset, Span<byte> buffer, out int read)
    {
        Calls++;
        read = (int)Math.Clamp(content.Length - offset, 0, buffer.Length);
        content.AsSpan((int)Math.Min(offset, content.Length), read).CopyTo(buffer);
        return FsError.None;
    }
}
