using System.Buffers.Binary;
using VdFs.Core.Checksums;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Tracking;

/// <summary>
/// First sector of a change record's file (512 bytes, little endian): whose record it is, so that a file which got into the wrong place is
/// found out, and an image that no catalog row tells of yet can be recognised. Layout in docs/format.md.
/// </summary>
internal sealed record ChangeRecordHeader(ImageId Image, long Generation, ImageIdentity Identity, bool AllChanged)
{
    public const int Size = 512;
    public const int MaxHandle = 128;

    /// <summary>Bits start here, so that they are aligned to pages of the backing filesystem.</summary>
    public const int BitsOffset = 4096;

    private const uint Version = 1;
    private const uint FlagAllChanged = 1;

    private static ReadOnlySpan<byte> Magic => "VDFSCHG\n"u8;

    public void Write(Span<byte> sector)
    {
        sector.Clear();
        Magic.CopyTo(sector);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[12..], AllChanged ? FlagAllChanged : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[16..], Image.Value);
        BinaryPrimitives.WriteInt64LittleEndian(sector[24..], Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[32..], Identity.FileSystemId);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[40..], Identity.Inode);
        BinaryPrimitives.WriteInt64LittleEndian(sector[48..], Identity.BirthTime.Seconds);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[56..], Identity.BirthTime.Nanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(sector[60..], Identity.HandleType);
        BinaryPrimitives.WriteInt32LittleEndian(sector[64..], Identity.Handle.Length);
        Identity.Handle.CopyTo(sector[68..]);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[(Size - 4)..], Crc32C.Compute(sector[..(Size - 4)]));
    }

    /// <summary>Null with a reason if the sector is not a header that this version understands.</summary>
    public static ChangeRecordHeader? Read(ReadOnlySpan<byte> sector, out string problem)
    {
        problem = "";
        if (!sector[..8].SequenceEqual(Magic))
            problem = "it is not a change record";
        else if (BinaryPrimitives.ReadUInt32LittleEndian(sector[(Size - 4)..]) != Crc32C.Compute(sector[..(Size - 4)]))
            problem = "its header is damaged (checksum)";
        else if (BinaryPrimitives.ReadUInt32LittleEndian(sector[8..]) is var version && version != Version)
            problem = $"its format version is {version}, this build knows {Version}";
        int handleLength = BinaryPrimitives.ReadInt32LittleEndian(sector[64..]);
        if (problem.Length == 0 && handleLength is < 0 or > MaxHandle)
            problem = "its header holds an impossible file handle";
        if (problem.Length != 0)
            return null;
        var identity = new ImageIdentity(
            BinaryPrimitives.ReadUInt64LittleEndian(sector[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(sector[40..]),
            new TimeSpec(BinaryPrimitives.ReadInt64LittleEndian(sector[48..]), BinaryPrimitives.ReadUInt32LittleEndian(sector[56..])),
            BinaryPrimitives.ReadInt32LittleEndian(sector[60..]),
            sector.Slice(68, handleLength).ToArray());
        return new ChangeRecordHeader(
            new ImageId(BinaryPrimitives.ReadUInt64LittleEndian(sector[16..])),
            BinaryPrimitives.ReadInt64LittleEndian(sector[24..]),
            identity,
            (BinaryPrimitives.ReadUInt32LittleEndian(sector[12..]) & FlagAllChanged) != 0);
    }
}
