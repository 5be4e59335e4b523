using System.Buffers.Binary;
using System.IO;
using VdFs.Core.Checksums;
using VdFs.Core.Storage;

namespace VdFs.Core.Inodes;

/// <summary>The numbers of a view as bytes (docs/format.md), closed by a CRC-32C over all that stands before it. Family and folder stand beside them in the catalog.</summary>
internal static class ViewInodesFormat
{
    private const uint Magic = 0x4F4E4956; // "VINO"
    private const uint Version = 1;
    private const int Head = 16;
    private const int StampSize = 16;

    public static byte[] Write(ViewInodes inodes)
    {
        byte[] bytes = new byte[Head + (4 * inodes.Numbers.Length) + (StampSize * inodes.Stamped.Length) + 4];
        Span<byte> at = bytes;
        BinaryPrimitives.WriteUInt32LittleEndian(at, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(at[4..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(at[8..], inodes.Numbers.Length);
        BinaryPrimitives.WriteInt32LittleEndian(at[12..], inodes.Stamped.Length);
        at = at[Head..];
        foreach (uint number in inodes.Numbers)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(at, number);
            at = at[4..];
        }
        for (int i = 0; i < inodes.Stamped.Length; i++, at = at[StampSize..])
        {
            BinaryPrimitives.WriteInt32LittleEndian(at, inodes.Stamped[i]);
            BinaryPrimitives.WriteInt64LittleEndian(at[4..], inodes.Stamps[i].Seconds);
            BinaryPrimitives.WriteUInt32LittleEndian(at[12..], inodes.Stamps[i].Nanoseconds);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(at, Crc32C.Compute(bytes.AsSpan(0, bytes.Length - 4)));
        return bytes;
    }

    /// <exception cref="InvalidDataException">The bytes are not the numbers of a view, or are damaged.</exception>
    public static ViewInodes Read(long family, uint folder, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Head + 4 || Crc32C.Compute(bytes[..^4]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]))
            throw new InvalidDataException("the inode numbers of a view are damaged (checksum)");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic || BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != Version)
            throw new InvalidDataException("expected the inode numbers of a view, found something else");
        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        int stamps = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (count < 0 || stamps < 0 || Head + (4L * count) + ((long)StampSize * stamps) + 4 != bytes.Length)
            throw new InvalidDataException("the inode numbers of a view are damaged (length)");
        ReadOnlySpan<byte> at = bytes[Head..];
        uint[] numbers = new uint[count];
        for (int i = 0; i < count; i++, at = at[4..])
            numbers[i] = BinaryPrimitives.ReadUInt32LittleEndian(at);
        int[] stamped = new int[stamps];
        var times = new TimeSpec[stamps];
        for (int i = 0; i < stamps; i++, at = at[StampSize..])
        {
            stamped[i] = BinaryPrimitives.ReadInt32LittleEndian(at);
            times[i] = new(BinaryPrimitives.ReadInt64LittleEndian(at[4..]), BinaryPrimitives.ReadUInt32LittleEndian(at[12..]));
        }
        return new ViewInodes(family, folder, numbers, stamped, times);
    }
}
