namespace VdFs.Core.Qcow2;

/// <summary>
/// Where the parts of a file begin, in clusters: header | data in guest order | L2 tables | L1 table | refcount table | refcount blocks. The first cluster is
/// the header's. Data and L2 tables may have more room than they fill; what is left over is a gap at the end of either.
/// </summary>
internal readonly struct Qcow2Places
{
    internal const long Data = 1;

    /// <exception cref="Qcow2Exception">The image or the file is larger than QEMU reads.</exception>
    internal Qcow2Places(long virtualSize, int clusterBits, long dataRoom, long tableRoom)
    {
        int entryBits = clusterBits - 3;
        if (virtualSize > Qcow2Limits.MaxSize(clusterBits))
            throw Qcow2Limits.TooLarge(virtualSize, clusterBits);
        Clusters = DivideUp(virtualSize, clusterBits);
        // An image of no size has a table all the same: it would have no offset otherwise.
        L1Entries = Math.Max(1, DivideUp(Clusters, entryBits));
        DataRoom = dataRoom;
        L2 = Data + dataRoom;
        TableRoom = tableRoom;
        L1 = L2 + tableRoom;
        RefcountTable = L1 + DivideUp(L1Entries, entryBits);
        // The blocks count themselves and their table.
        long blocks = 0;
        long table;
        long needed = 1;
        do
        {
            blocks = needed;
            table = DivideUp(blocks, entryBits);
            needed = DivideUp(RefcountTable + table + blocks, clusterBits - 1);
        }
        while (needed > blocks);
        RefcountBlocks = RefcountTable + table;
        End = RefcountBlocks + blocks;
        if (End > Qcow2Limits.MaxSize(clusterBits) >> clusterBits)
            throw Qcow2Limits.TooLarge(virtualSize, clusterBits);
    }

    /// <summary>Clusters of the image.</summary>
    internal long Clusters { get; }

    internal long L1Entries { get; }

    internal long DataRoom { get; }

    internal long TableRoom { get; }

    internal long L2 { get; }

    internal long L1 { get; }

    internal long RefcountTable { get; }

    internal long RefcountBlocks { get; }

    /// <summary>Clusters of the file.</summary>
    internal long End { get; }

    private static long DivideUp(long value, int bits) => (value + (1L << bits) - 1) >> bits;
}
