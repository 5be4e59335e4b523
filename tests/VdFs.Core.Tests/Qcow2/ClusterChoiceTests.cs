using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Tests.Qcow2;

/// <summary>Standalone files take the room of what they hold, however it lies.</summary>
public sealed class ClusterChoiceTests : IDisposable
{
    private readonly Qcow2Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void No_other_clusters_would_take_notably_less(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 40; round++)
        {
            long size = 1 + random.NextInt64(1L << random.Next(10, 44));
            var ranges = new List<Extent>();
            for (long at = 0; at < size && ranges.Count < 300;)
            {
                long start = Math.Min(size, at + random.NextInt64(1L << random.Next(1, 30)));
                long length = Math.Min(size - start, random.NextInt64(1L << random.Next(1, 24)));
                if (length > 0)
                    ranges.Add(new(start, length));
                at = start + length + 1;
            }
            int bits = Choose(ranges, size);
            long chosen = Layout(ranges, size, bits).AllocatedBytes;
            for (int other = size > Qcow2Limits.MaxSize(12) ? 13 : 12; other <= 16; other++)
                Assert.True(chosen <= Layout(ranges, size, other).AllocatedBytes * 17 / 16, $"{ranges.Count} ranges in {size} bytes: clusters of 2^{bits} take {chosen} bytes, more than those of 2^{other}");
        }
    }

    [Fact]
    public void A_small_image_takes_little_and_a_full_one_large_clusters()
    {
        Assert.Equal(12, Choose([new(0, 8192)], 8192));
        Assert.Equal(7 * 4096, Layout([new(0, 8192)], 8192, 12).AllocatedBytes);
        Assert.Equal(16, Choose([new(0, 1L << 40)], 1L << 40));
        Assert.Equal(16, Choose([], 1L << 50));
        // Beyond what clusters of 4 KiB can be: the next size.
        Assert.Equal(13, Choose([new(1L << 43, 4096)], (1L << 43) + 4096));
    }

    [Fact]
    public void Random_blocks_in_a_sparse_image_take_their_own_size_and_QEMU_reads_them()
    {
        const long size = 1L << 32;
        var random = new Random(7);
        var blocks = new SortedSet<long>();
        while (blocks.Count < 3000)
            blocks.Add(random.NextInt64(size >> 12) << 12);
        List<Extent> ranges = [.. blocks.Select(b => new Extent(b, 4096))];
        Assert.Equal(12, Choose(ranges, size));
        Qcow2Layout layout = Layout(ranges, size, 12);
        // Most of what is more are tables: at this scale nearly every block has one of its own.
        Assert.InRange(layout.AllocatedBytes, 3000 * 4096, 3 * 3000 * 4096);
        folder.Write("random.qcow2", layout, new PatternSource(size, 3));
        folder.Check("random.qcow2");
        long last = blocks.Max;
        string read = TestKit.Processes.Tool.Run("qemu-io", ["-r", "-f", "qcow2", "-c", $"read -v {last} 8", folder["random.qcow2"]]).Checked().Output;
        Assert.Contains(Convert.ToHexStringLower(BitConverter.GetBytes(last ^ (3L << 52))), read.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_clusters_can_hold_is_refused() =>
        Assert.Equal(FsError.FileTooLarge, Assert.Throws<Qcow2Exception>(() => Choose([new(0, 4096)], long.MaxValue)).Error);

    private static int Choose(IReadOnlyList<Extent> ranges, long size)
    {
        var choice = new ClusterChoice();
        foreach ((long start, long length) in ranges)
            choice.Add(start, start + length);
        return choice.Bits(size);
    }

    private static Qcow2Layout Layout(IReadOnlyList<Extent> ranges, long size, int bits) =>
        new(size, bits, ClusterRunList.FromRanges(ranges, [], size, bits), null);
}
