using System.Text;
using System.Text.Json;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.TestKit.Processes;

namespace VdFs.Core.Tests.Qcow2;

public sealed class Qcow2LayoutTests(Qcow2Folder folder) : IClassFixture<Qcow2Folder>
{
    private const long Gib = 1L << 30;

    [Theory]
    [InlineData(0, 12)]
    [InlineData(0, 16)]
    [InlineData(1, 12)]
    [InlineData(512, 12)]
    [InlineData(513, 16)]
    [InlineData(4095, 12)]
    [InlineData(4097, 13)]
    [InlineData((2 << 20) - 1, 12)]
    [InlineData((2 << 20) + 1, 12)]
    [InlineData(10_000_000, 12)]
    [InlineData(10_000_000, 13)]
    [InlineData(10_000_000, 16)]
    [InlineData(10_000_000, 21)]
    public void A_standalone_file_of_any_size_is_sound_and_holds_the_image(int size, int bits)
    {
        byte[] image = Bytes(size, seed: size);
        long clusters = Clusters(size, bits);
        var layout = new Qcow2Layout(size, bits, [new ClusterRun(0, clusters, ClusterKind.Data)], null);
        folder.Write("full.qcow2", layout, new MemorySource(image));
        folder.Check("full.qcow2");
        JsonElement info = JsonDocument.Parse(folder.Img("info", "--output=json", "full.qcow2").Checked().Output).RootElement;
        Assert.Equal((size + 511) / 512 * 512, info.GetProperty("virtual-size").GetInt64());
        Assert.Equal(1 << bits, info.GetProperty("cluster-size").GetInt32());
        Assert.Equal("1.1", info.GetProperty("format-specific").GetProperty("data").GetProperty("compat").GetString());
        byte[] content = folder.Content("full.qcow2");
        Assert.True(image.AsSpan().SequenceEqual(content.AsSpan(0, size)) && !content.AsSpan(size).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void A_delta_shows_its_backing_file_where_it_has_nothing()
    {
        const int size = 1 << 20;
        byte[] older = Bytes(size, 1);
        byte[] newer = Bytes(size, 2);
        folder.Write("a.qcow2", new Qcow2Layout(size, 16, [new ClusterRun(0, 16, ClusterKind.Data)], null), new MemorySource(older));
        ClusterRun[] runs = [new(3, 2, ClusterKind.Data), new(5, 1, ClusterKind.Zero), new(200, 56, ClusterKind.Data)];
        folder.Write("b.qcow2", new Qcow2Layout(size, 12, runs, Encoding.UTF8.GetBytes("./a.qcow2")), new MemorySource(newer));
        folder.Check("b.qcow2");
        byte[] expected = [.. older];
        newer.AsSpan(3 * 4096, 2 * 4096).CopyTo(expected.AsSpan(3 * 4096));
        expected.AsSpan(5 * 4096, 4096).Clear();
        newer.AsSpan(200 * 4096).CopyTo(expected.AsSpan(200 * 4096));
        Assert.Equal(expected, folder.Content("b.qcow2"));
        JsonElement info = JsonDocument.Parse(folder.Img("info", "--output=json", "b.qcow2").Checked().Output).RootElement;
        Assert.Equal("./a.qcow2", info.GetProperty("backing-filename").GetString());
        Assert.Equal("qcow2", info.GetProperty("backing-filename-format").GetString());
    }

    [Fact]
    public void Images_of_many_tebibytes_take_the_room_of_what_they_hold()
    {
        foreach ((long size, int bits) in new[] { (8192 * Gib, 12), ((8192 * Gib) + 512, 13), (32768 * Gib, 13), (102400 * Gib, 14), (102400 * Gib, 16), (2L << 50, 16) })
        {
            Assert.Equal(bits, bits == 16 ? Qcow2Limits.FullClusterBits(size, Gib) : Qcow2Limits.DeltaClusterBits(size, Gib));
            long clusters = Clusters(size, bits);
            var layout = new Qcow2Layout(size, bits, [new ClusterRun(7, 3, ClusterKind.Data), new ClusterRun(clusters / 2, 1, ClusterKind.Zero), new ClusterRun(clusters - 1, 1, ClusterKind.Data)], null);
            Assert.InRange(layout.AllocatedBytes, 5L << bits, 32L << bits);
            folder.Write("large.qcow2", layout, new PatternSource(size, 3));
            folder.Check("large.qcow2");
            string read = Tool.Run("qemu-io", ["-r", "-f", "qcow2", "-c", $"read -v {size - 512} 8", folder["large.qcow2"]]).Checked().Output;
            Assert.Contains(Convert.ToHexStringLower(BitConverter.GetBytes((size - 512) ^ (3L << 52))), read.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_QEMU_would_not_read_is_refused_in_words()
    {
        var e = Assert.Throws<Qcow2Exception>(() => new Qcow2Layout((8192 * Gib) + 1, 12, [], null));
        Assert.Equal(FsError.FileTooLarge, e.Error);
        Assert.Contains("8796093022208", e.Message, StringComparison.Ordinal);
        // All of it rewritten: the refcount table would pass its limit.
        e = Assert.Throws<Qcow2Exception>(() => new Qcow2Layout(8192 * Gib, 12, [new ClusterRun(0, 1L << 31, ClusterKind.Data)], null));
        Assert.Equal(FsError.FileTooLarge, e.Error);
        Assert.Equal(13, Qcow2Limits.DeltaClusterBits(8192 * Gib, 8192 * Gib));
        Assert.Equal(FsError.FileTooLarge, Assert.Throws<Qcow2Exception>(() => Qcow2Limits.DeltaClusterBits(long.MaxValue, 0)).Error);
        Assert.Equal(FsError.FileTooLarge, Assert.Throws<Qcow2Exception>(() => new Qcow2Layout(long.MaxValue, 21, [], null)).Error);
        Assert.Equal(FsError.NameTooLong, Assert.Throws<Qcow2Exception>(() => new Qcow2Layout(512, 12, [], Encoding.UTF8.GetBytes("./" + new string('n', 1022)))).Error);
        foreach (string name in new[] { "", "a", "/a", "nbd:a", ".a", "..a", "./a\0b" })
            Assert.Equal(FsError.InvalidArgument, Assert.Throws<Qcow2Exception>(() => new Qcow2Layout(512, 12, [], Encoding.UTF8.GetBytes(name))).Error);
    }

    [Fact]
    public void Runs_that_overlap_go_back_or_leave_the_image_are_a_mistake_of_the_caller()
    {
        ClusterRun[][] wrong =
        [
            [new(0, 257, ClusterKind.Data)], [new(256, 1, ClusterKind.Zero)], [new(5, 2, ClusterKind.Data), new(6, 1, ClusterKind.Zero)], [new(5, 1, ClusterKind.Data), new(3, 1, ClusterKind.Data)],
            [new(-1, 2, ClusterKind.Data)], [new(0, -1, ClusterKind.Data)], [new(1, long.MaxValue, ClusterKind.Data)], [new(0, 1, (ClusterKind)3)],
        ];
        foreach (ClusterRun[] runs in wrong)
            Assert.Throws<ArgumentException>(() => new Qcow2Layout(1 << 20, 12, runs, null));
        Assert.Equal([new(0, 3, ClusterKind.Data), new(3, 1, ClusterKind.Zero), new(4, 1, ClusterKind.Data)], new Qcow2Layout(
            1 << 20, 12, [new(0, 1, ClusterKind.Data), new(1, 2, ClusterKind.Data), new(3, 0, ClusterKind.Data), new(3, 1, ClusterKind.Zero), new(4, 1, ClusterKind.Data), new(5, 9, ClusterKind.Unallocated)], null).Runs);
    }

    [Fact]
    public void Any_offset_and_length_reads_the_same_bytes()
    {
        byte[] image = Bytes(3 << 20, 5);
        ClusterRun[] runs = [new(1, 2, ClusterKind.Data), new(3, 1, ClusterKind.Zero), new(4, 1, ClusterKind.Data), new(6, 100, ClusterKind.Unallocated), new(500, 20, ClusterKind.Data), new(767, 1, ClusterKind.Zero)];
        var layout = new Qcow2Layout(image.Length, 12, runs, "../x"u8.ToArray());
        byte[] whole = new byte[layout.Length];
        Assert.Equal(FsError.None, layout.Read(0, whole, new MemorySource(image), out int read));
        Assert.Equal(whole.Length, read);
        var random = new Random(6);
        for (int i = 0; i < 5000; i++)
        {
            int offset = random.Next(whole.Length + 10);
            byte[] part = new byte[random.Next(random.Next(2) == 0 ? 40 : whole.Length)];
            Assert.Equal(FsError.None, layout.Read(offset, part, new MemorySource(image), out read));
            Assert.Equal(Math.Clamp(whole.Length - offset, 0, part.Length), read);
            Assert.True(part.AsSpan(0, read).SequenceEqual(whole.AsSpan(Math.Min(offset, whole.Length), read)), $"offset {offset}, length {part.Length}");
        }
    }

    private static long Clusters(long size, int bits) => (size + (1L << bits) - 1) >> bits;

    private static byte[] Bytes(int size, int seed)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
