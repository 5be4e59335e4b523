using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Tests.Qcow2;

public sealed class Qcow2StreamWriterTests(Qcow2Folder folder) : IClassFixture<Qcow2Folder>
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Where_nothing_is_left_out_it_writes_the_layout_to_the_byte(int seed)
    {
        var random = new Random(seed);
        int bits = random.Next(12, 18);
        long size = random.Next(6 << 20);
        byte[] image = new byte[size];
        random.NextBytes(image);
        long clusters = (size + (1L << bits) - 1) >> bits;
        var runs = new ClusterRunList();
        for (long at = 0; at < clusters;)
        {
            long count = Math.Min(clusters - at, 1 + random.Next(random.Next(2) == 0 ? 3 : 100));
            runs.Add(at, count, (ClusterKind)random.Next(3));
            at += count;
        }
        var layout = new Qcow2Layout(size, bits, runs, "./older"u8.ToArray());
        byte[] expected = new byte[layout.Length];
        Assert.Equal(FsError.None, layout.Read(0, expected, new MemorySource(image), out _));
        var sink = new MemorySink();
        var writer = new Qcow2StreamWriter(size, bits, runs, "./older"u8.ToArray());
        Assert.Equal(FsError.None, writer.Write(new MemorySource(image), sink));
        Assert.Equal(expected, sink.ToArray());
        Assert.Equal(layout.Length, writer.Length);
    }

    [Fact]
    public void Zeros_and_what_is_the_same_leave_a_gap_that_QEMU_finds_sound()
    {
        byte[] older = new byte[20 << 20];
        new Random(1).NextBytes(older);
        byte[] newer = [.. older];
        newer.AsSpan(2 << 20, 8 << 20).Clear();
        newer[15 << 20] ^= 1;
        folder.Write("base.qcow2", new Qcow2Layout(older.Length, 16, [new ClusterRun(0, older.Length >> 16, ClusterKind.Data)], null), new MemorySource(older));
        var sink = new MemorySink();
        var writer = new Qcow2StreamWriter(newer.Length, 12, [new ClusterRun(0, newer.Length >> 12, ClusterKind.Data)], "./base.qcow2"u8.ToArray()) { Base = new MemorySource(older) };
        Assert.Equal(FsError.None, writer.Write(new MemorySource(newer), sink));
        Assert.Equal(1, writer.Written!.DataClusters);
        Assert.Equal(8 << 8, writer.DroppedZeros);
        Assert.Equal((newer.Length >> 12) - (8 << 8) - 1, writer.DroppedSame);
        Assert.InRange(sink.Zeros, newer.Length - 4096, newer.Length + (10 << 12));
        File.WriteAllBytes(folder["dropped.qcow2"], sink.ToArray());
        folder.Check("dropped.qcow2");
        Assert.Equal(newer, folder.Content("dropped.qcow2"));
        Qcow2File.Open(new MemorySource(sink.ToArray()), writer.Length, "dropped").Verify();
        Assert.InRange(writer.Written.AllocatedBytes, 1, 1 << 17);
    }

    [Fact]
    public void Nothing_kept_at_all_is_a_file_too()
    {
        foreach (byte[]? backing in new[] { null, "./cut0.qcow2"u8.ToArray() })
        {
            var sink = new MemorySink();
            var writer = new Qcow2StreamWriter(5 << 20, 12, [new ClusterRun(0, 1280, ClusterKind.Data)], backing);
            Assert.Equal(FsError.None, writer.Write(new MemorySource([]), sink));
            File.WriteAllBytes(folder["nothing.qcow2"], sink.ToArray());
            if (backing is null)
                folder.Check("nothing.qcow2");
            Qcow2File file = Qcow2File.Open(new MemorySource(sink.ToArray()), writer.Length, "nothing");
            file.Verify();
            Assert.Equal(backing is null ? 0 : 1280, file.ZeroClusters);
        }
    }

    [Fact]
    public void The_source_is_read_in_large_pieces_though_nearly_all_is_left_out()
    {
        byte[] image = new byte[64 << 20];
        // All but one cluster of a piece is kept first, then nothing.
        new Random(1).NextBytes(image.AsSpan(0, (1 << 20) - 4096));
        var source = new MemorySource(image);
        var writer = new Qcow2StreamWriter(image.Length, 12, [new ClusterRun(0, image.Length >> 12, ClusterKind.Data)], null);
        Assert.Equal(FsError.None, writer.Write(source, new MemorySink()));
        Assert.InRange(source.Calls, 64, 130);
    }

    [Fact]
    public void An_error_of_a_source_ends_it_and_a_second_file_needs_a_second_writer()
    {
        var writer = new Qcow2StreamWriter(1 << 20, 12, [new ClusterRun(0, 256, ClusterKind.Data)], null);
        Assert.Equal(FsError.Stale, writer.Write(new FailingSource(FsError.Stale), new MemorySink()));
        Assert.Null(writer.Written);
        writer = new Qcow2StreamWriter(1 << 20, 12, [new ClusterRun(0, 256, ClusterKind.Data)], null);
        Assert.Equal(FsError.None, writer.Write(new MemorySource([1]), new MemorySink()));
        Assert.Throws<InvalidOperationException>(() => writer.Write(new MemorySource([1]), new MemorySink()));
    }

    [Fact]
    public void Ranges_of_bytes_become_the_clusters_that_they_touch()
    {
        Assert.Equal([new(0, 2, ClusterKind.Data), new(3, 1, ClusterKind.Data), new(4, 2, ClusterKind.Zero), new(6, 1, ClusterKind.Data), new(9, 1, ClusterKind.Zero)],
            ClusterRunList.FromRanges([new Extent(100, 5000), new Extent(26_000, 1)], [new Extent(13_000, 13_000), new Extent(36_864, 100)], 36_900, 12));
        Assert.Empty(ClusterRunList.FromRanges([new Extent(5000, 5)], [], 5000, 12));
        Assert.Throws<ArgumentException>(() => ClusterRunList.FromRanges([new Extent(0, 10)], [new Extent(9, 1)], 100, 12));
    }

    private sealed class FailingSource(FsError error) : IClusterSource
    {
        public FsError Read(long offset, Span<byte> buffer, out int read)
        {
            read = 0;
            return error;
        }
    }
}
