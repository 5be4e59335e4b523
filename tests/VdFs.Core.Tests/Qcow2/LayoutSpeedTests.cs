using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Core.Tests.Qcow2;

/// <summary>What a read of a layout may cost: few large pieces from the source, and no allocation.</summary>
public sealed class LayoutSpeedTests
{
    private const int Piece = 1 << 20;

    [Fact]
    public void Neighbouring_clusters_come_from_the_source_in_one_piece()
    {
        var source = new CountingSource();
        var layout = new Qcow2Layout(1L << 30, 12, [new(0, 100_000, ClusterKind.Data), new(100_000, 1, ClusterKind.Zero), new(100_001, 162_143, ClusterKind.Data)], "./older"u8.ToArray());
        byte[] buffer = new byte[Piece];
        for (long at = 0; at < layout.Length; at += Piece)
            Assert.Equal(FsError.None, layout.Read(at, buffer, source, out _));
        Assert.InRange(source.Calls, 1024, 1024 + 3);
        Assert.Equal((1L << 30) - 4096, source.Bytes);
    }

    [Fact]
    public void Reading_allocates_nothing_wherever_it_reads()
    {
        var runs = new ClusterRunList();
        for (int i = 0; i < 20_000; i++)
            runs.Add(i * 13L, 1 + (i % 5), (ClusterKind)(1 + (i % 2)));
        var layout = new Qcow2Layout(1L << 30, 12, runs, "./older"u8.ToArray());
        var file = new byte[layout.Length];
        var source = new CountingSource();
        Assert.Equal(FsError.None, layout.Read(0, file, source, out _));
        var bytes = new MemorySource(file);
        var chain = new Qcow2Chain([Qcow2File.Open(bytes, file.Length, "newer"), Empty()]);
        // The header, the L1 table, and more than five hundred L2 tables in pieces of a mebibyte.
        Assert.InRange(bytes.Calls, 4, 6);
        byte[] buffer = new byte[Piece];
        long allocated = 0;
        // The first round warms up.
        for (int round = 0; round < 2; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (long at = 3; at < layout.Length; at += Piece - 5)
                _ = layout.Read(at, buffer, source, out _);
            for (long at = 0; layout.Seek(at, hole: false, out at) == FsError.None && layout.Seek(at, hole: true, out at) == FsError.None;)
                ;
            for (long at = 1; at < chain.VirtualSize; at += 7 * Piece)
                _ = chain.Read(at, buffer, out _);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(0, allocated);
    }

    private static Qcow2File Empty()
    {
        var layout = new Qcow2Layout(1L << 30, 16, [], null);
        byte[] bytes = new byte[layout.Length];
        _ = layout.Read(0, bytes, new CountingSource(), out _);
        return Qcow2File.Open(new MemorySource(bytes), bytes.Length, "older");
    }

    private sealed class CountingSource : IClusterSource
    {
        public int Calls { get; private set; }

        public long Bytes { get; private set; }

        public FsError Read(long offset, Span<byte> buffer, out int read)
        {
            Calls++;
            Bytes += buffer.Length;
            read = buffer.Length;
            return FsError.None;
        }
    }
}
