using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Core.Tests.Qcow2;

/// <summary>Layouts with more room than they need, as the stream writer leaves it: what is a hole, and whether QEMU finds them sound.</summary>
public sealed class LayoutGapTests(Qcow2Folder folder) : IClassFixture<Qcow2Folder>
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Holes_hold_zeros_and_the_rest_is_what_it_takes(int seed)
    {
        var random = new Random(seed);
        int bits = random.Next(12, 15);
        long clusters = random.Next(1, 300_000);
        var runs = new ClusterRunList();
        int count = random.Next(12);
        for (int i = 0; i < count && runs.End < clusters; i++)
        {
            long first = runs.End + random.NextInt64((clusters - runs.End + 1) / 2);
            runs.Add(first, Math.Min(clusters - first, 1 + random.Next(50)), (ClusterKind)random.Next(3));
        }
        var least = new Qcow2Layout(clusters << bits, bits, runs, null);
        var layout = random.Next(4) == 0 ? least : new Qcow2Layout(clusters << bits, bits, runs, null, least.DataClusters + random.Next(9000), least.Places.TableRoom + random.Next(5000));
        long data = 0;
        long at = 0;
        byte[] buffer = new byte[1 << 20];
        while (at < layout.Length)
        {
            Assert.Equal(FsError.None, layout.Seek(at, hole: true, out long hole));
            data += hole - at;
            if (hole == layout.Length)
                break;
            Assert.Equal(FsError.None, layout.Seek(hole, hole: true, out long same));
            Assert.Equal(hole, same);
            FsError error = layout.Seek(hole, hole: false, out at);
            Assert.True(error is FsError.None or FsError.NoSuchAddress);
            at = error == FsError.None ? at : layout.Length;
            while (hole < at)
            {
                Assert.Equal(FsError.None, layout.Read(hole, buffer.AsSpan(0, (int)Math.Min(buffer.Length, at - hole)), new PatternSource(clusters << bits, 1), out int read));
                Assert.False(buffer.AsSpan(0, read).ContainsAnyExcept((byte)0));
                hole += read;
            }
        }
        Assert.Equal(layout.AllocatedBytes, data);
        Assert.Equal(FsError.NoSuchAddress, layout.Seek(layout.Length, hole: true, out _));
        if (seed % 8 == 0)
        {
            folder.Write("gap.qcow2", layout, new PatternSource(clusters << bits, 1));
            folder.Check("gap.qcow2");
        }
    }

    [Fact]
    public void A_refcount_table_of_many_clusters_is_sound()
    {
        const long size = 64L << 30;
        var runs = new ClusterRunList();
        for (int i = 0; i < 300; i++)
            runs.Add((i * 55_000L) + 7, 1 + (i % 3), (ClusterKind)(1 + (i % 2)));
        var layout = new Qcow2Layout(size, 12, runs, null, 9 << 20, 40_000);
        Assert.True(layout.Places.RefcountBlocks - layout.Places.RefcountTable > 5);
        folder.Write("wide.qcow2", layout, new PatternSource(size, 1));
        string output = folder.Check("wide.qcow2");
        Assert.Contains($"{layout.DataClusters}/", output, StringComparison.Ordinal);
        var source = new PatternSource(size, 1);
        Qcow2File file = Qcow2File.Open(new LayoutSource(layout, source), layout.Length, "wide");
        file.Verify();
        Assert.Equal(layout.Runs, file.Runs);
    }
}
