using System.Buffers.Binary;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Core.Tests.Qcow2;

public sealed class HostileFileTests
{
    /// <summary>Far more than any of these small files needs, and far less than a number in one of them could ask for.</summary>
    private const long MostMemory = 8 << 20;

    private static readonly ulong[] Values =
        [0, 1, 2, 0x1ff, 0x1000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 1UL << 40, 1UL << 55, 1UL << 56, 1UL << 62, 1UL << 63, 0x8000000000001000, 0x7fffffffffffffff, ulong.MaxValue, ulong.MaxValue << 9];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Any_value_in_any_field_is_read_or_refused_in_words(int width)
    {
        Span<byte> value = stackalloc byte[8];
        foreach (byte[] file in Files())
        {
            for (int at = 0; at < 160; at += width)
            {
                foreach (ulong number in Values)
                {
                    byte[] broken = [.. file];
                    BinaryPrimitives.WriteUInt64BigEndian(value, number << (64 - (8 * width)));
                    value[..width].CopyTo(broken.AsSpan(at));
                    Try(broken, broken.Length);
                }
            }
        }
    }

    [Fact]
    public void Any_value_in_any_entry_of_a_table_is_read_or_refused_in_words()
    {
        foreach (byte[] file in Files())
        {
            int tables = TablesAt(file);
            var random = new Random(tables);
            for (int i = 0; i < 3000; i++)
            {
                byte[] broken = [.. file];
                int at = tables + (random.Next((file.Length - tables) / 8) * 8);
                BinaryPrimitives.WriteUInt64BigEndian(broken.AsSpan(at), random.Next(2) == 0 ? Values[random.Next(Values.Length)] : (ulong)random.NextInt64(file.Length) & ~0xfffUL | (1UL << 63));
                Try(broken, broken.Length);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Flipped_bits_and_files_cut_off_anywhere_are_read_or_refused_in_words(int seed)
    {
        var random = new Random(seed);
        foreach (byte[] file in Files())
        {
            for (int i = 0; i < 300; i++)
            {
                byte[] broken = [.. file];
                int flips = random.Next(4);
                for (int flip = 0; flip < flips; flip++)
                    broken[random.Next(3) == 0 ? random.Next(200) : random.Next(TablesAt(file), file.Length)] ^= (byte)(1 << random.Next(8));
                int length = random.Next(2) == 0 ? file.Length : random.Next(file.Length + 1);
                Array.Resize(ref broken, length);
                // What the caller believes the length to be may be wrong as well.
                Try(broken, random.Next(8) == 0 ? random.NextInt64() : length);
            }
        }
    }

    [Fact]
    public void Every_flipped_bit_of_tables_and_refcounts_is_found()
    {
        byte[] file = Files()[1];
        var random = new Random(9);
        for (int i = 0; i < 2000; i++)
        {
            byte[] broken = [.. file];
            int at = random.Next(TablesAt(file), file.Length);
            int bit = random.Next(8);
            // Whether a cluster is zeros or unallocated stands in one bit, which nothing else in the file tells: only a checksum finds it.
            if ((at & 7) == 7 && bit == 0)
                continue;
            broken[at] ^= (byte)(1 << bit);
            var e = Assert.Throws<Qcow2Exception>(() => Qcow2File.Open(new MemorySource(broken), broken.Length, "broken").Verify());
            Assert.True(e.Error is FsError.Io or FsError.NotSupported);
        }
    }

    [Fact]
    public void What_is_no_file_of_ours_is_told_apart_from_what_is_damaged()
    {
        byte[] file = Files()[0];
        Assert.Equal(FsError.NotSupported, Refused([]));
        Assert.Equal(FsError.NotSupported, Refused(new byte[8192]));
        Assert.Equal(FsError.NotSupported, Refused(With(7, 2)));
        Assert.Equal(FsError.NotSupported, Refused(With(35, 1)));
        Assert.Equal(FsError.NotSupported, Refused(With(79, 4)));
        Assert.Equal(FsError.Io, Refused(file[..^1]));
        Assert.Equal(FsError.Io, Refused(file[..100]));
        Assert.Equal(FsError.Stale, Assert.Throws<Qcow2Exception>(() => Qcow2File.Open(new StaleSource(), 1 << 20, "x")).Error);

        byte[] With(int at, byte value)
        {
            byte[] other = [.. file];
            other[at] = value;
            return other;
        }
    }

    [Fact]
    public void A_file_that_became_shorter_since_it_was_opened_gives_an_error_and_no_zeros()
    {
        byte[] file = Files()[0];
        var source = new ShrinkingSource(file);
        var chain = new Qcow2Chain([Qcow2File.Open(source, file.Length, "shrinking")]);
        source.Length = 4096 + 100;
        Assert.Equal(FsError.Io, chain.Read(0, new byte[chain.VirtualSize], out int read));
        Assert.Equal(0, read);
    }

    private static FsError Refused(byte[] bytes) => Assert.Throws<Qcow2Exception>(() => Qcow2File.Open(new MemorySource(bytes), bytes.Length, "x")).Error;

    private static void Try(byte[] bytes, long length)
    {
        var source = new MemorySource(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Qcow2File file = Qcow2File.Open(source, length, "hostile");
            Assert.True(file.DataClusters << file.ClusterBits <= length);
            byte[] buffer = new byte[4096];
            if (file.BackingName is null)
            {
                var chain = new Qcow2Chain([file]);
                _ = chain.Read(0, buffer, out _);
                _ = chain.Read(chain.VirtualSize / 2, buffer, out _);
            }
            file.Verify();
        }
        catch (Qcow2Exception e)
        {
            Assert.Contains("hostile", e.Message, StringComparison.Ordinal);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostMemory);
        Assert.InRange(source.Calls, 1, 20_000);
    }

    /// <summary>A standalone file, a delta with a gap and all kinds of clusters, and one without anything.</summary>
    private static byte[][] Files()
    {
        byte[] image = new byte[300_000];
        new Random(1).NextBytes(image);
        image.AsSpan(100_000, 50_000).Clear();
        var delta = new MemorySink();
        var writer = new Qcow2StreamWriter(5 << 20, 12, [new(2, 3, ClusterKind.Data), new(10, 40, ClusterKind.Data), new(60, 2, ClusterKind.Zero), new(1000, 1, ClusterKind.Zero)], "./older.qcow2"u8.ToArray());
        Assert.Equal(FsError.None, writer.Write(new MemorySource(image), delta));
        return [Whole(new Qcow2Layout(image.Length, 12, [new(0, 74, ClusterKind.Data)], null), image), delta.ToArray(), Whole(new Qcow2Layout(1 << 20, 12, [], null), image)];
    }

    private static byte[] Whole(Qcow2Layout layout, byte[] image)
    {
        byte[] bytes = new byte[layout.Length];
        Assert.Equal(FsError.None, layout.Read(0, bytes, new MemorySource(image), out _));
        return bytes;
    }

    /// <summary>Where the tables of a file begin: behind its data and, where there are any, the gap.</summary>
    private static int TablesAt(byte[] file)
    {
        Qcow2File opened = Qcow2File.Open(new MemorySource(file), file.Length, "sound");
        return 4096 * (1 + (int)opened.DataClusters);
    }

    private sealed class StaleSource : IClusterSource
    {
        public FsError Read(long offset, Span<byte> buffer, out int read)
        {
            read = 0;
            return FsError.Stale;
        }
    }

    private sealed class ShrinkingSource(byte[] bytes) : IClusterSource
    {
        public int Length { get; set; } = bytes.Length;

        public FsError Read(long offset, Span<byte> buffer, out int read) => new MemorySource(bytes[..Length]).Read(offset, buffer, out read);
    }
}
