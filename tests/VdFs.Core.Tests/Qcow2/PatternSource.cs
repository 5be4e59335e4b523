using System.Buffers.Binary;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Core.Tests.Qcow2;

/// <summary>An image of any size: every eight bytes say where they are and which version they belong to.</summary>
internal sealed class PatternSource(long size, long version) : IClusterSource
{
    public FsError Read(long offset, Span<byte> buffer, out int read)
    {
        read = (int)Math.Clamp(size - offset, 0, buffer.Length);
        Span<byte> word = stackalloc byte[8];
        for (int i = 0; i < read;)
        {
            long at = offset + i;
            BinaryPrimitives.WriteInt64LittleEndian(word, (at & ~7L) ^ (version << 52));
            int skip = (int)(at & 7);
            int length = Math.Min(8 - skip, read - i);
            word.Slice(skip, length).CopyTo(buffer[i..]);
            i += length;
        }
        return FsError.None;
    }
}
