using System.Buffers.Binary;
using VdFs.Core.Errors;

namespace VdFs.Core.Qcow2;

/// <summary>
/// The beginning of a file's first cluster, after QEMU's docs/interop/qcow2.txt, sections "Header" and "Header extensions": version 3, 104 bytes, no feature
/// bits, refcounts of 16 bits; with a backing file the extension that says its format, an end of extensions, and the name behind it.
/// </summary>
internal static class Qcow2Header
{
    internal const uint Magic = 0x514649fb;
    internal const int Length = 104;
    internal const uint BackingFormat = 0xe2792aca;
    internal const int RefcountOrder = 4;

    internal static byte[] Write(Qcow2Places places, long virtualSize, int clusterBits, byte[]? backingName)
    {
        int extensions = backingName is null ? 8 : 24;
        byte[] header = new byte[Length + extensions + (backingName?.Length ?? 0)];
        Span<byte> to = header;
        BinaryPrimitives.WriteUInt32BigEndian(to, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], 3);
        if (backingName is not null)
        {
            BinaryPrimitives.WriteInt64BigEndian(to[8..], Length + extensions);
            BinaryPrimitives.WriteInt32BigEndian(to[16..], backingName.Length);
            BinaryPrimitives.WriteUInt32BigEndian(to[Length..], BackingFormat);
            BinaryPrimitives.WriteInt32BigEndian(to[(Length + 4)..], 5);
            "qcow2"u8.CopyTo(to[(Length + 8)..]);
            backingName.CopyTo(to[(Length + extensions)..]);
        }
        BinaryPrimitives.WriteInt32BigEndian(to[20..], clusterBits);
        BinaryPrimitives.WriteInt64BigEndian(to[24..], virtualSize);
        BinaryPrimitives.WriteInt32BigEndian(to[36..], (int)places.L1Entries);
        BinaryPrimitives.WriteInt64BigEndian(to[40..], places.L1 << clusterBits);
        BinaryPrimitives.WriteInt64BigEndian(to[48..], places.RefcountTable << clusterBits);
        BinaryPrimitives.WriteInt32BigEndian(to[56..], (int)(places.RefcountBlocks - places.RefcountTable));
        BinaryPrimitives.WriteInt32BigEndian(to[96..], RefcountOrder);
        BinaryPrimitives.WriteInt32BigEndian(to[100..], Length);
        return header;
    }

    /// <summary>
    /// A backing name is relative and begins with ./ or ../, so that QEMU takes none for a protocol or an option list, and has no byte of zero, which would end it.
    /// </summary>
    /// <exception cref="Qcow2Exception">It isn't of that form, or too long.</exception>
    internal static void CheckName(ReadOnlySpan<byte> name)
    {
        if (name.Length > Qcow2Limits.MaxBackingName)
            throw new Qcow2Exception(FsError.NameTooLong, $"the name of the backing file takes {name.Length} bytes, and the format has room for {Qcow2Limits.MaxBackingName}; put the images into folders with shorter names");
        if ((!name.StartsWith("./"u8) && !name.StartsWith("../"u8)) || name.Contains((byte)0))
            throw new Qcow2Exception(FsError.InvalidArgument, "the name of the backing file is not a relative one that begins with ./ or ../");
    }
}
