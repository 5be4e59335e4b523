using System.Buffers.Binary;
using VdFs.Core.Errors;

namespace VdFs.Core.Qcow2;

/// <summary>Opens one file: header, then L1 and L2 tables from beginning to end, each entry checked against what it has to be.</summary>
internal sealed class Qcow2Reader(IClusterSource bytes, long length, string name)
{
    /// <summary>Runs that are kept in memory at most: two gigabytes, half a tebibyte of clusters of 4 KiB with gaps between each.</summary>
    private const int MaxRuns = 1 << 26;

    private const ulong Compressed = 1UL << 62;

    /// <summary>Tables are read in pieces of this size, or of one table if that is larger: a file may lie where every read is a request.</summary>
    private const int PieceSize = 1 << 20;

    private readonly ClusterRunList runs = new();
    private Qcow2HeaderFields header;
    private long clusters;
    private long l1;
    private long l1Entries;
    private long l2 = -1;
    private long tables;
    private long nextData = Qcow2Places.Data;

    /// <summary>L2 tables that were read at once, and the clusters of the file that they are.</summary>
    private byte[] piece = [];
    private long pieceFirst;
    private long pieceEnd;

    internal Qcow2File Open()
    {
        header = Qcow2HeaderFields.Read(bytes, length, name);
        Locate();
        ReadL1();
        // Without a table, all before the L1 table is a gap.
        long dataRoom = (l2 < 0 ? l1 : l2) - Qcow2Places.Data;
        long tableRoom = l2 < 0 ? 0 : l1 - l2;
        if (nextData - Qcow2Places.Data > dataRoom || tables > tableRoom)
            throw Damaged("data and tables overlap");
        var layout = new Qcow2Layout(header.VirtualSize, header.ClusterBits, runs, header.BackingName, dataRoom, tableRoom);
        if (layout.Places.RefcountTable << header.ClusterBits != header.RefcountTable || layout.Places.RefcountBlocks - layout.Places.RefcountTable != header.RefcountTableClusters)
            throw Damaged("the refcount table is not where it has to be");
        if (layout.Length > length)
            throw Damaged($"it ends after {length} of {layout.Length} bytes");
        return new Qcow2File(name, bytes, length, layout, header.BackingName);
    }

    private void Locate()
    {
        int bits = header.ClusterBits;
        clusters = (header.VirtualSize + (1L << bits) - 1) >> bits;
        l1Entries = Math.Max(1, (clusters + (1L << (bits - 3)) - 1) >> (bits - 3));
        if (header.L1Entries != l1Entries)
            throw Damaged($"an L1 table of {header.L1Entries} entries is not that of an image of {header.VirtualSize} bytes");
        if (header.L1 < 1L << bits || (header.L1 & ((1L << bits) - 1)) != 0 || header.L1 > length - (l1Entries << 3))
            throw Damaged("the L1 table lies outside of the file");
        l1 = header.L1 >> bits;
    }

    private void ReadL1()
    {
        byte[] buffer = new byte[Math.Min(PieceSize, l1Entries << 3)];
        for (long entry = 0; entry < l1Entries;)
        {
            int count = (int)Math.Min(buffer.Length >> 3, l1Entries - entry);
            ReadWhole(header.L1 + (entry << 3), buffer.AsSpan(0, count << 3));
            for (int i = 0; i < count; i++, entry++)
            {
                ulong value = BinaryPrimitives.ReadUInt64BigEndian(buffer.AsSpan(i << 3));
                if (value != 0)
                    ReadTable(entry, value);
            }
        }
    }

    private void ReadTable(long entry, ulong value)
    {
        ulong offset = value & ~Qcow2Layout.Copied;
        long place = (long)(offset >> header.ClusterBits);
        if (l2 < 0)
            l2 = place;
        if (value != (Qcow2Layout.Copied | ((ulong)(l2 + tables) << header.ClusterBits)) || place < Qcow2Places.Data || place >= l1)
            throw Damaged($"entry {entry} of the L1 table names a place where no L2 table can be");
        tables++;
        ReadOnlySpan<byte> table = Table(place);
        long first = entry << (header.ClusterBits - 3);
        bool any = false;
        for (int i = 0; i < table.Length; i += 8)
        {
            ulong cluster = BinaryPrimitives.ReadUInt64BigEndian(table[i..]);
            if (cluster == 0)
                continue;
            any = true;
            Add(first + (i >> 3), cluster);
        }
        if (!any)
            throw Damaged($"the L2 table of entry {entry} is empty");
    }

    /// <summary>A table at a place before the L1 table: they follow each other, so those behind it come along.</summary>
    private ReadOnlySpan<byte> Table(long place)
    {
        int bits = header.ClusterBits;
        if (place < pieceFirst || place >= pieceEnd)
        {
            long count = Math.Min(l1 - place, Math.Max(1, PieceSize >> bits));
            if (piece.Length < count << bits)
                piece = GC.AllocateUninitializedArray<byte>((int)count << bits);
            ReadWhole(place << bits, piece.AsSpan(0, (int)count << bits));
            (pieceFirst, pieceEnd) = (place, place + count);
        }
        return piece.AsSpan((int)(place - pieceFirst) << bits, 1 << bits);
    }

    private void Add(long cluster, ulong value)
    {
        if (cluster >= clusters)
            throw Damaged($"there is an entry for cluster {cluster} of an image of {clusters} clusters");
        if (value == Qcow2Layout.ReadsZeros)
        {
            runs.Add(cluster, 1, ClusterKind.Zero);
        }
        else if (value == (Qcow2Layout.Copied | ((ulong)nextData << header.ClusterBits)) && nextData < l2)
        {
            runs.Add(cluster, 1, ClusterKind.Data);
            nextData++;
        }
        else if ((value & Compressed) != 0 && (value & Qcow2Layout.Copied) == 0)
        {
            throw new Qcow2Exception(FsError.NotSupported, $"'{name}' has compressed clusters, which VdFs doesn't read; qemu-img convert makes another file of it");
        }
        else
        {
            throw Damaged($"the entry of cluster {cluster} (0x{value:x16}) is none that VdFs writes");
        }
        if (runs.Count > MaxRuns)
            throw new Qcow2Exception(FsError.NotSupported, $"'{name}' has more than {MaxRuns} stretches of clusters, for which VdFs has no memory; qemu-img reads it");
    }

    private void ReadWhole(long offset, Span<byte> buffer)
    {
        FsError error = bytes.Read(offset, buffer, out int read);
        if (error != FsError.None)
            throw new Qcow2Exception(error, $"'{name}' can't be read at byte {offset}: {error}");
        if (read != buffer.Length)
            throw Damaged($"it ends at byte {offset + read}");
    }

    private Qcow2Exception Damaged(string what) => Qcow2HeaderFields.Damaged(name, what);
}
