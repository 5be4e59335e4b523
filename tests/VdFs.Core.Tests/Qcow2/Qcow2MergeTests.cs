using System.IO;
using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Tests.Qcow2;

public sealed class Qcow2MergeTests(Qcow2Folder folder) : IClassFixture<Qcow2Folder>
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(200, 80)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_is_merged_in_any_order_every_point_that_remains_reads_as_it_was(int seed)
    {
        var random = new Random(seed);
        var model = new ChainModel(seed, cuts: 7, largest: 600_000);
        // Oldest first: which version each file ends with.
        List<int> points = [.. Enumerable.Range(0, 7)];
        List<Qcow2File> files = [.. model.Chain(6).Files.Reverse()];
        while (files.Count > 1)
        {
            int newer = random.Next(1, files.Count);
            var merge = new Qcow2Merge(Chain(files, newer));
            var sink = new MemorySink();
            Assert.Equal(FsError.None, merge.Write(merge.BackingName, sink));
            if (newer == 1)
                Assert.InRange(merge.ClusterBits, Qcow2Limits.MinClusterBits, Qcow2Limits.FullBits);
            else
                Assert.Equal(Math.Min(files[newer].ClusterBits, files[newer - 1].ClusterBits), merge.ClusterBits);
            byte[] bytes = sink.ToArray();
            files[newer] = Qcow2File.Open(new MemorySource(bytes), bytes.Length, "merged");
            files[newer].Verify();
            files.RemoveAt(newer - 1);
            points.RemoveAt(newer - 1);
            for (int i = 0; i < files.Count; i++)
            {
                Qcow2Chain chain = Chain(files, i);
                byte[] content = new byte[chain.VirtualSize];
                Assert.Equal(FsError.None, chain.Read(0, content, out _));
                Assert.True(content.AsSpan().SequenceEqual(model.Padded(points[i])), $"point {points[i]} after merging into place {newer}");
            }
        }
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    public void QEMU_reads_merged_files_on_what_is_below_and_below_what_is_on_top(int seed)
    {
        var model = new ChainModel(seed, cuts: 5, largest: 2_000_000);
        for (int cut = 0; cut < 5; cut++)
            File.WriteAllBytes(folder[ChainModel.Name(cut)], model.Files[cut]);
        // Cut 1 goes: cut 2 holds both, under its own name, and still lies below cut 3.
        var merge = new Qcow2Merge(model.Chain(2));
        var sink = new MemorySink();
        Assert.Equal(FsError.None, merge.Write(merge.BackingName, sink));
        File.WriteAllBytes(folder[ChainModel.Name(2)], sink.ToArray());
        foreach (int cut in new[] { 0, 2, 3, 4 })
        {
            folder.Check(ChainModel.Name(cut));
            Assert.True(folder.Content(ChainModel.Name(cut)).AsSpan().SequenceEqual(model.Padded(cut)), $"cut {cut}");
        }
    }

    [Fact]
    public void A_file_that_was_shorter_in_between_goes_on_hiding_what_lies_below()
    {
        const int mib = 1 << 20;
        Qcow2File a = Layout(8 * mib, 16, [new(0, 128, ClusterKind.Data)], null, 1);
        Qcow2File b = Layout((4 * mib) + 512, 12, [], "./a"u8.ToArray(), 2);
        Qcow2File c = Layout(16L * mib, 12, [], "./b"u8.ToArray(), 3);
        var merge = new Qcow2Merge(new Qcow2Chain([c, b, a]));
        // The cluster that b ended in is filled from a; beyond it zeros hide a, up to a's own end.
        Assert.Equal([new(1024, 1, ClusterKind.Data), new(1025, 1023, ClusterKind.Zero)], merge.Runs);
    }

    [Fact]
    public void An_image_that_grew_beyond_what_small_clusters_can_hold_gets_larger_ones_filled_from_below()
    {
        const long tib8 = 8L << 40;
        Qcow2File a = Computed(tib8, 16, [new(0, 1, ClusterKind.Data), new(1 << 20, 1, ClusterKind.Data)], null, 1);
        Qcow2File b = Computed(tib8, 12, [new(1, 1, ClusterKind.Data), new(3, 1, ClusterKind.Zero), new(16 << 20, 2, ClusterKind.Data), new((tib8 >> 12) - 1, 1, ClusterKind.Data)], "./a"u8.ToArray(), 2);
        Qcow2File c = Computed(tib8 + 8192, 13, [new(5, 1, ClusterKind.Data), new(tib8 >> 13, 1, ClusterKind.Data)], "./b"u8.ToArray(), 3);
        var chain = new Qcow2Chain([c, b, a]);
        var merge = new Qcow2Merge(chain);
        Assert.Equal(13, merge.ClusterBits);
        Assert.Equal([new(0, 2, ClusterKind.Data), new(5, 1, ClusterKind.Data), new(8 << 20, 1, ClusterKind.Data), new((tib8 >> 13) - 1, 2, ClusterKind.Data)], merge.Runs);
        var layout = new Qcow2Layout(merge.VirtualSize, merge.ClusterBits, merge.Runs, merge.BackingName);
        var merged = new Qcow2Chain([Qcow2File.Open(new LayoutSource(layout, chain), layout.Length, "merged"), a]);
        byte[] expected = new byte[1 << 18];
        byte[] content = new byte[1 << 18];
        foreach (long at in new[] { 0, (1L << 36) - 70_000, tib8 - 100_000 })
        {
            Assert.Equal(FsError.None, chain.Read(at, expected, out int length));
            Assert.Equal(FsError.None, merged.Read(at, content, out int read));
            Assert.Equal(length, read);
            Assert.Equal(expected, content);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_a_diff_does_not_tell_is_the_same_and_zeros_are_zeros(int seed)
    {
        var model = new ChainModel(seed, cuts: 6, largest: 400_000);
        for (int newer = 1; newer < 6; newer++)
        {
            Qcow2Chain chain = model.Chain(newer);
            byte[] now = model.Padded(newer);
            for (int back = 1; back <= newer; back++)
            {
                byte[] was = model.Padded(newer - back);
                Array.Resize(ref was, now.Length);
                var diff = new Qcow2Diff(chain, back);
                byte[] patched = [.. was];
                foreach (Extent extent in diff.Data)
                    now.AsSpan((int)extent.Start, (int)extent.Length).CopyTo(patched.AsSpan((int)extent.Start));
                foreach (Extent extent in diff.Zeros)
                    patched.AsSpan((int)extent.Start, (int)extent.Length).Clear();
                Assert.True(patched.AsSpan().SequenceEqual(now), $"from {newer - back} to {newer}");
                Extent[] all = [.. diff.Data.Concat(diff.Zeros).OrderBy(e => e.Start)];
                for (int i = 1; i < all.Length; i++)
                    Assert.True(all[i].Start >= all[i - 1].Start + all[i - 1].Length);
            }
        }
    }

    private static Qcow2Chain Chain(List<Qcow2File> oldestFirst, int newest) => new([.. oldestFirst.Take(newest + 1).Reverse()]);

    /// <summary>A file that is only computed, however large.</summary>
    private static Qcow2File Computed(long size, int bits, ClusterRun[] runs, byte[]? backing, int version)
    {
        var layout = new Qcow2Layout(size, bits, runs, backing);
        return Qcow2File.Open(new LayoutSource(layout, new PatternSource(size, version)), layout.Length, $"file {version}");
    }

    private static Qcow2File Layout(long size, int bits, ClusterRun[] runs, byte[]? backing, int version)
    {
        var layout = new Qcow2Layout(size, bits, runs, backing);
        byte[] bytes = new byte[layout.Length];
        Assert.Equal(FsError.None, layout.Read(0, bytes, new PatternSource(size, version), out _));
        return Qcow2File.Open(new MemorySource(bytes), bytes.Length, Encoding.ASCII.GetString(backing ?? "a"u8.ToArray()));
    }
}
