using System.Buffers.Binary;
using VdFs.Core.Checksums;
using VdFs.Core.Images;

namespace VdFs.Core.Durability;

/// <summary>Bytes of a sector of the intent log: 15 entries and a sum. Layout in docs/format.md.</summary>
internal static class IntentSector
{
    public const int Size = 512;
    public const int Entries = 15;

    private const int EntrySize = 32;
    private const int NumberOffset = 504;
    private const int SumOffset = 508;
    private const uint Taken = 1;

    public static void Put(Span<byte> sector, int slot, Intent? intent)
    {
        Span<byte> entry = sector.Slice(slot * EntrySize, EntrySize);
        entry.Clear();
        if (intent is not { } value)
            return;
        BinaryPrimitives.WriteUInt64LittleEndian(entry, value.Image.Value);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], value.Region);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], Taken);
        BinaryPrimitives.WriteInt64LittleEndian(entry[16..], value.Since);
    }

    public static Intent? Get(ReadOnlySpan<byte> sector, int slot)
    {
        ReadOnlySpan<byte> entry = sector.Slice(slot * EntrySize, EntrySize);
        return BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]) != Taken ? null : new Intent(
            new ImageId(BinaryPrimitives.ReadUInt64LittleEndian(entry)), BinaryPrimitives.ReadInt32LittleEndian(entry[8..]), BinaryPrimitives.ReadInt64LittleEndian(entry[16..]));
    }

    /// <summary>Number and sum, before it is written.</summary>
    public static void Seal(Span<byte> sector, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(sector[NumberOffset..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[SumOffset..], Crc32C.Compute(sector[..SumOffset]));
    }

    /// <summary>Whether it is what was sealed as this number, or zeros: never written.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> sector, int number) =>
        !sector.ContainsAnyExcept((byte)0)
        || (BinaryPrimitives.ReadInt32LittleEndian(sector[NumberOffset..]) == number
            && BinaryPrimitives.ReadUInt32LittleEndian(sector[SumOffset..]) == Crc32C.Compute(sector[..SumOffset]));
}
