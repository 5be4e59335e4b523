using System.Buffers.Binary;

namespace VdFs.Core.Qcow2;

/// <summary>Header, tables and refcounts, at any offset and length.</summary>
public sealed partial class Qcow2Layout
{
    /// <summary>Bit 63 of an entry: the cluster's or table's refcount is exactly one.</summary>
    internal const ulong Copied = 1UL << 63;

    /// <summary>Bit 0 of an L2 entry: reads as zeros.</summary>
    internal const ulong ReadsZeros = 1;

    /// <summary>Clusters that one L2 table speaks of, and entries of one cluster of the L1 and refcount tables.</summary>
    private int EntriesPerCluster => 1 << (ClusterBits - 3);

    /// <summary>Anything but filled data clusters, up to the end of the part that the position is in.</summary>
    private int ReadTables(long position, Span<byte> buffer)
    {
        long cluster = position >> ClusterBits;
        if (cluster < Qcow2Places.Data)
            return ReadHeader(position, Limit(buffer, position, Qcow2Places.Data));
        if (cluster < places.L2)
            return Clear(Limit(buffer, position, places.L2));
        if (cluster < places.L2 + index.Tables)
            return ReadEntries(Part.L2, position - (places.L2 << ClusterBits), Limit(buffer, position, places.L2 + index.Tables));
        if (cluster < places.L1)
            return Clear(Limit(buffer, position, places.L1));
        if (cluster < places.RefcountTable)
            return ReadEntries(Part.L1, position - (places.L1 << ClusterBits), Limit(buffer, position, places.RefcountTable));
        if (cluster < places.RefcountBlocks)
            return ReadEntries(Part.RefcountTable, position - (places.RefcountTable << ClusterBits), Limit(buffer, position, places.RefcountBlocks));
        return ReadEntries(Part.RefcountBlocks, position - (places.RefcountBlocks << ClusterBits), buffer);
    }

    private Span<byte> Limit(Span<byte> buffer, long position, long endCluster)
    {
        long room = (endCluster << ClusterBits) - position;
        return buffer.Length > room ? buffer[..(int)room] : buffer;
    }

    private static int Clear(Span<byte> buffer)
    {
        buffer.Clear();
        return buffer.Length;
    }

    private int ReadHeader(long position, Span<byte> buffer)
    {
        buffer.Clear();
        if (position < header.Length)
        {
            int length = Math.Min(buffer.Length, header.Length - (int)position);
            header.AsSpan((int)position, length).CopyTo(buffer);
        }
        return buffer.Length;
    }

    /// <summary>Entries of 8 bytes each, the first and the last perhaps in part.</summary>
    private int ReadEntries(Part part, long offset, Span<byte> buffer)
    {
        Span<byte> one = stackalloc byte[8];
        int done = 0;
        int skip = (int)(offset & 7);
        if (skip != 0)
        {
            Fill(part, offset >> 3, one);
            done = Math.Min(8 - skip, buffer.Length);
            one.Slice(skip, done).CopyTo(buffer);
        }
        int whole = (buffer.Length - done) & ~7;
        if (whole != 0)
            Fill(part, (offset + done) >> 3, buffer.Slice(done, whole));
        done += whole;
        if (done < buffer.Length)
        {
            Fill(part, (offset + done) >> 3, one);
            one[..(buffer.Length - done)].CopyTo(buffer[done..]);
        }
        return buffer.Length;
    }

    private void Fill(Part part, long entry, Span<byte> buffer)
    {
        switch (part)
        {
            case Part.L2:
                FillL2(entry, buffer);
                break;
            case Part.L1:
                FillL1(entry, buffer);
                break;
            case Part.RefcountTable:
                FillRefcountTable(entry, buffer);
                break;
            default:
                FillRefcounts(entry << 2, buffer);
                break;
        }
    }

    private void FillL2(long entry, Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            long number = entry >> (ClusterBits - 3);
            int within = (int)(entry & (EntriesPerCluster - 1));
            int count = Math.Min(EntriesPerCluster - within, buffer.Length >> 3);
            FillTable((index.TableOfNumber(number) << index.TableShift) + within, buffer[..(count << 3)]);
            entry += count;
            buffer = buffer[(count << 3)..];
        }
    }

    /// <summary>Entries of one L2 table, from a cluster of the image on.</summary>
    private void FillTable(long cluster, Span<byte> buffer)
    {
        buffer.Clear();
        long end = cluster + (buffer.Length >> 3);
        for (int run = index.RunAt(cluster); run < index.Runs && index.First(run) < end; run++)
        {
            long from = Math.Max(cluster, index.First(run));
            int first = (int)(from - cluster) << 3;
            int last = (int)(Math.Min(end, index.End(run)) - cluster) << 3;
            bool data = index.Kind(run) == ClusterKind.Data;
            ulong value = data
                ? Copied | ((ulong)(Qcow2Places.Data + index.DataBefore(run) + (from - index.First(run))) << ClusterBits)
                : ReadsZeros;
            ulong step = data ? (ulong)ClusterSize : 0;
            for (int at = first; at < last; at += 8, value += step)
                BinaryPrimitives.WriteUInt64BigEndian(buffer[at..], value);
        }
    }

    private void FillL1(long entry, Span<byte> buffer)
    {
        buffer.Clear();
        long end = entry + (buffer.Length >> 3);
        long table = index.TableFrom(entry, out long number);
        while (table >= 0 && table < end)
        {
            BinaryPrimitives.WriteUInt64BigEndian(buffer[((int)(table - entry) << 3)..], Copied | ((ulong)(places.L2 + number) << ClusterBits));
            table = index.TableFrom(table + 1, out number);
        }
    }

    private void FillRefcountTable(long entry, Span<byte> buffer)
    {
        for (; buffer.Length > 0; entry++, buffer = buffer[8..])
        {
            long block = places.RefcountBlocks + entry;
            BinaryPrimitives.WriteUInt64BigEndian(buffer, block < places.End ? (ulong)block << ClusterBits : 0);
        }
    }

    /// <summary>Every cluster of the file that is in use has a refcount of one; those in the gaps have none.</summary>
    private void FillRefcounts(long cluster, Span<byte> buffer)
    {
        buffer.Clear();
        FillOnes(cluster, buffer, 0, Qcow2Places.Data + index.DataClusters);
        FillOnes(cluster, buffer, places.L2, places.L2 + index.Tables);
        FillOnes(cluster, buffer, places.L1, places.End);
    }

    private static void FillOnes(long cluster, Span<byte> buffer, long from, long to)
    {
        long last = Math.Min(to, cluster + (buffer.Length >> 1)) - cluster;
        for (long at = Math.Max(from, cluster) - cluster; at < last; at++)
            buffer[(int)((at << 1) + 1)] = 1;
    }

    private enum Part
    {
        L2,
        L1,
        RefcountTable,
        RefcountBlocks,
    }
}
