using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace VdFs.PowerCut.Load;

/// <summary>
/// 512 bytes that tell where they belong and which write they come from: image + 1 (u32), offset (u64), number of the write (u32), filling,
/// CRC-32C of all before it. All zeros: never written.
/// </summary>
public static class Sector
{
    private const int ChecksumAt = LoadPlan.SectorSize - sizeof(uint);

    /// <summary>What <see cref="Read"/> answers for bytes that no write of the load made.</summary>
    public const int Foreign = -1;

    public static void Write(Span<byte> sector, int image, long offset, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(sector, image + 1);
        BinaryPrimitives.WriteInt64LittleEndian(sector[4..], offset);
        BinaryPrimitives.WriteInt32LittleEndian(sector[12..], number);
        sector[16..ChecksumAt].Fill((byte)(number * 31));
        BinaryPrimitives.WriteUInt32LittleEndian(sector[ChecksumAt..], Checksum(sector[..ChecksumAt]));
    }

    /// <summary>The number of the write that a sector comes from; 0 if it was never written, <see cref="Foreign"/> if it is torn or belongs elsewhere.</summary>
    public static int Read(ReadOnlySpan<byte> sector, int image, long offset)
    {
        if (!sector.ContainsAnyExcept((byte)0))
            return 0;
        return BinaryPrimitives.ReadUInt32LittleEndian(sector[ChecksumAt..]) == Checksum(sector[..ChecksumAt])
            && BinaryPrimitives.ReadInt32LittleEndian(sector) == image + 1
            && BinaryPrimitives.ReadInt64LittleEndian(sector[4..]) == offset
            ? BinaryPrimitives.ReadInt32LittleEndian(sector[12..]) : Foreign;
    }

    /// <summary>CRC-32C; the length in bytes has to be a multiple of 4.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint checksum = uint.MaxValue;
        foreach (uint word in MemoryMarshal.Cast<byte, uint>(bytes))
            checksum = BitOperations.Crc32C(checksum, word);
        return ~checksum;
    }
}
