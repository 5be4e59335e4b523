using System.Buffers;
using VdFs.Core.Qcow2;

namespace VdFs.Core.Tests.Qcow2;

/// <summary>A file in memory, written from its beginning to its end.</summary>
internal sealed class MemorySink : ISequentialSink
{
    private readonly ArrayBufferWriter<byte> content = new();

    /// <summary>Bytes that came as zeros by number.</summary>
    public long Zeros { get; private set; }

    public byte[] ToArray() => content.WrittenSpan.ToArray();

    public void Write(ReadOnlySpan<byte> data) => content.Write(data);

    public void WriteZeros(long length)
    {
        Zeros += length;
        content.Write(new byte[length]);
    }
}
