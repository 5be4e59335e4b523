using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace VdFs.Mounted.Tests.Snapshots;

/// <summary>
/// 512 bytes that tell where they belong and which write they come from: image (u32), offset (u64), number of the write (u32),
/// repeated filling, CRC-32C of all before it. All zeros: never written.
/// </summary>
public static class Sector
{
    public const int Size = 512;
    private const int ChecksumAt = Size - sizeof(uint);

    public static void Write(Span<byte> sector, int image, long offset, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(sector, image + 1);
        BinaryPrimitives.WriteInt64LittleEndian(sector[4..], offset);
        BinaryPrimitives.WriteInt32LittleEndian(sector[12..], number);
        sector[16..ChecksumAt].Fill((byte)(number * 31));
        BinaryPrimitives.WriteUInt32LittleEndian(sector[ChecksumAt..], Checksum(sector));
    }

    /// <summary>The number of the write that a sector comes from.</summary>
    /// <exception cref="Xunit.Sdk.XunitException">It is torn, or belongs elsewhere.</exception>
    public static int Read(ReadOnlySpan<byte> sector, int image, long offset)
    {
        if (!sector.ContainsAnyExcept((byte)0))
            return 0;
        if (BinaryPrimitives.ReadUInt32LittleEndian(sector[ChecksumAt..]) != Checksum(sector))
            Assert.Fail($"image {image}, offset {offset}: a torn sector");
        if (BinaryPrimitives.ReadInt32LittleEndian(sector) != image + 1 || BinaryPrimitives.ReadInt64LittleEndian(sector[4..]) != offset)
            Assert.Fail($"image {image}, offset {offset}: a sector of image {BinaryPrimitives.ReadInt32LittleEndian(sector) - 1}, offset {BinaryPrimitives.ReadInt64LittleEndian(sector[4..])}");
        return BinaryPrimitives.ReadInt32LittleEndian(sector[12..]);
    }

    private static uint Checksum(ReadOnlySpan<byte> sector)
    {
        uint checksum = uint.MaxValue;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(sector[..(ChecksumAt / 8 * 8)]))
            checksum = BitOperations.Crc32C(checksum, word);
        return ~checksum;
    }
}
