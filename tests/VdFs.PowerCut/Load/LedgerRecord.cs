using System.Buffers.Binary;
using System.Text;

namespace VdFs.PowerCut.Load;

/// <summary>
/// A record of the ledger, one sector: magic (u64), number (u32), length of its words (u32), the words in ASCII, zeros, CRC-32C of all before it.
/// </summary>
/// <remarks>
/// The words are: `begin SEED` · `synced IMAGE C…` (an fsync ended; of each writer all writes of the image up to number C had ended before it began) ·
/// `durable WRITER NUMBER` (an O_DSYNC write ended) · `cutting NAME C…` (ended writes) · `cut NAME B…` (begun writes, when mkdir had ended) ·
/// `exact NAME K…` (the last write of each writer that the cut has, found in its view) · `releasing`, `released`, `forgetting`, `forgot NAME` ·
/// `failed NAME ERRNO` (a mkdir) · `end`.
/// </remarks>
public static class LedgerRecord
{
    private const ulong Magic = 0x5245_4744_454c_4456;
    private const int WordsAt = 16;
    private const int ChecksumAt = LoadPlan.SectorSize - sizeof(uint);

    public static void Write(Span<byte> sector, int number, string words)
    {
        sector.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(sector, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(sector[8..], number);
        BinaryPrimitives.WriteInt32LittleEndian(sector[12..], Encoding.ASCII.GetBytes(words, sector[WordsAt..ChecksumAt]));
        BinaryPrimitives.WriteUInt32LittleEndian(sector[ChecksumAt..], Sector.Checksum(sector[..ChecksumAt]));
    }

    /// <summary>The record's words; null if these bytes aren't one.</summary>
    public static string[]? Read(ReadOnlySpan<byte> sector) =>
        BinaryPrimitives.ReadUInt64LittleEndian(sector) == Magic
        && BinaryPrimitives.ReadUInt32LittleEndian(sector[ChecksumAt..]) == Sector.Checksum(sector[..ChecksumAt])
            ? Encoding.ASCII.GetString(sector.Slice(WordsAt, BinaryPrimitives.ReadInt32LittleEndian(sector[12..]))).Split(' ') : null;
}
