using System.Buffers.Binary;
using VdFs.Core.Errors;

namespace VdFs.Core.Qcow2;

/// <summary>What a file's header says, as far as the header itself shows that it can be so.</summary>
internal readonly struct Qcow2HeaderFields
{
    /// <summary>Incompatible features, by bit, in docs/interop/qcow2.txt; none of them is read.</summary>
    private static readonly string[] Features =
        ["it was not closed, or is in use", "QEMU has marked it as corrupt", "its data lies in another file", "it is compressed by other means than zlib", "it has extended L2 entries"];

    internal long VirtualSize { get; private init; }

    internal int ClusterBits { get; private init; }

    internal long L1Entries { get; private init; }

    /// <summary>Its offset, unchecked.</summary>
    internal long L1 { get; private init; }

    /// <summary>Its offset, unchecked.</summary>
    internal long RefcountTable { get; private init; }

    internal long RefcountTableClusters { get; private init; }

    internal byte[]? BackingName { get; private init; }

    internal static Qcow2HeaderFields Read(IClusterSource bytes, long length, string name)
    {
        byte[] buffer = new byte[1 << Qcow2Limits.MinClusterBits];
        FsError error = bytes.Read(0, buffer, out int read);
        if (error != FsError.None)
            throw new Qcow2Exception(error, $"'{name}' can't be read: {error}");
        ReadOnlySpan<byte> from = buffer;
        if (read < 4 || length < 4 || U32(from, 0) != Qcow2Header.Magic)
            throw new Qcow2Exception(FsError.NotSupported, $"'{name}' is no qcow2 file");
        if (read < buffer.Length || length < buffer.Length)
            throw Damaged(name, $"it ends after {length} bytes");
        uint version = U32(from, 4);
        if (version != 3)
            throw Foreign(name, $"it has version {version} of the format");
        ulong features = BinaryPrimitives.ReadUInt64BigEndian(from[72..]);
        if (features != 0)
        {
            int bit = System.Numerics.BitOperations.TrailingZeroCount(features);
            throw Foreign(name, bit < Features.Length ? Features[bit] : $"it has the unknown feature {bit}");
        }
        if (U32(from, 32) != 0)
            throw Foreign(name, "it is encrypted");
        if (U32(from, 60) != 0)
            throw Foreign(name, "it has internal snapshots");
        if (U32(from, 96) != Qcow2Header.RefcountOrder)
            throw Foreign(name, "its refcounts are not of 16 bits");
        uint bits = U32(from, 20);
        if (bits is < Qcow2Limits.MinClusterBits or > Qcow2Limits.MaxClusterBits)
            throw Foreign(name, $"its clusters (2^{bits} bytes) are not of 4 KiB to 2 MiB");
        long size = BinaryPrimitives.ReadInt64BigEndian(from[24..]);
        if (size < 0 || size > Qcow2Limits.MaxSize((int)bits) || size % Qcow2Limits.SizeUnit != 0)
            throw Damaged(name, $"it can't have a virtual size of {size} bytes");
        return new Qcow2HeaderFields
        {
            VirtualSize = size,
            ClusterBits = (int)bits,
            L1Entries = U32(from, 36),
            L1 = BinaryPrimitives.ReadInt64BigEndian(from[40..]),
            RefcountTable = BinaryPrimitives.ReadInt64BigEndian(from[48..]),
            RefcountTableClusters = U32(from, 56),
            BackingName = ReadBacking(from, name),
        };
    }

    internal static Qcow2Exception Damaged(string name, string what) => new(FsError.Io, $"'{name}' is damaged: {what}");

    /// <summary>The name lies behind the extensions, all in the first 4 KiB: 104 bytes, what QEMU adds to them, and a name of 1023 bytes at most.</summary>
    private static byte[]? ReadBacking(ReadOnlySpan<byte> from, string name)
    {
        uint headerLength = U32(from, 100);
        if (headerLength < Qcow2Header.Length || headerLength % 8 != 0 || headerLength > from.Length - 8)
            throw Damaged(name, $"its header can't have {headerLength} bytes");
        long at = BinaryPrimitives.ReadInt64BigEndian(from[8..]);
        uint length = U32(from, 16);
        bool hasName = at != 0;
        if (hasName && (length is 0 or > Qcow2Limits.MaxBackingName || at < headerLength || at > from.Length - length))
            throw Damaged(name, "the name of its backing file lies outside of its header");
        int end = hasName ? (int)at : from.Length;
        ReadOnlySpan<byte> format = Extension(from[(int)headerLength..end], name);
        if (!hasName)
            return null;
        if (!format.SequenceEqual("qcow2"u8))
            throw Foreign(name, "it doesn't say that its backing file is a qcow2 file");
        byte[] backing = from.Slice((int)at, (int)length).ToArray();
        try
        {
            Qcow2Header.CheckName(backing);
        }
        catch (Qcow2Exception e)
        {
            throw Foreign(name, e.Message);
        }
        return backing;
    }

    /// <summary>The backing file's format among the extensions; empty if it isn't told. Others are passed over.</summary>
    private static ReadOnlySpan<byte> Extension(ReadOnlySpan<byte> extensions, string name)
    {
        ReadOnlySpan<byte> format = default;
        while (extensions.Length >= 8)
        {
            uint type = U32(extensions, 0);
            uint length = U32(extensions, 4);
            if (type == 0)
                return format;
            if (length > extensions.Length - 8)
                break;
            if (type == Qcow2Header.BackingFormat)
                format = extensions.Slice(8, (int)length);
            extensions = extensions[Math.Min(extensions.Length, 8 + (((int)length + 7) & ~7))..];
        }
        throw Damaged(name, "its header extensions have no end");
    }

    private static Qcow2Exception Foreign(string name, string what) =>
        new(FsError.NotSupported, $"'{name}' is no qcow2 file that VdFs reads: {what}; qemu-img may read it");

    private static uint U32(ReadOnlySpan<byte> from, int offset) => BinaryPrimitives.ReadUInt32BigEndian(from[offset..]);
}
