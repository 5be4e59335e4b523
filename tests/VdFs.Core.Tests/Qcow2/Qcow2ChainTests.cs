using System.IO;
using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Core.Tests.Qcow2;

public sealed class Qcow2ChainTests(Qcow2Folder folder) : IClassFixture<Qcow2Folder>
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_point_of_a_chain_that_grows_and_shrinks_reads_as_it_was(int seed)
    {
        var model = new ChainModel(seed, cuts: 8, largest: 700_000);
        var random = new Random(seed);
        for (int cut = 0; cut < model.Versions.Count; cut++)
        {
            Qcow2Chain chain = model.Chain(cut);
            byte[] expected = model.Padded(cut);
            Assert.Equal(expected.Length, chain.VirtualSize);
            foreach (Qcow2File file in chain.Files)
                file.Verify();
            for (int i = 0; i < 20; i++)
            {
                int offset = i == 0 ? 0 : random.Next(expected.Length + 5000);
                byte[] part = new byte[i == 0 ? expected.Length + 1 : random.Next(random.Next(2) == 0 ? 5000 : expected.Length + 1)];
                random.NextBytes(part);
                Assert.Equal(FsError.None, chain.Read(offset, part, out int read));
                Assert.Equal(Math.Clamp(expected.Length - offset, 0, part.Length), read);
                Assert.True(part.AsSpan(0, read).SequenceEqual(expected.AsSpan(Math.Min(offset, expected.Length), read)), $"cut {cut}, offset {offset}");
            }
            for (long at = 0; at < chain.VirtualSize;)
            {
                ClusterKind kind = chain.KindAt(at, out long end);
                Assert.InRange(end, at + 1, chain.VirtualSize);
                if (kind != ClusterKind.Data)
                    Assert.False(expected.AsSpan((int)at, (int)(end - at)).ContainsAnyExcept((byte)0));
                at = end;
            }
        }
    }

    [Theory]
    [InlineData(101)]
    [InlineData(102)]
    [InlineData(103)]
    [InlineData(104)]
    public void QEMU_reads_every_point_of_a_chain_as_it_was(int seed)
    {
        var model = new ChainModel(seed, cuts: 6, largest: 3_000_000);
        for (int cut = 0; cut < model.Files.Count; cut++)
        {
            File.WriteAllBytes(folder[ChainModel.Name(cut)], model.Files[cut]);
            folder.Check(ChainModel.Name(cut));
            Assert.True(folder.Content(ChainModel.Name(cut)).AsSpan().SequenceEqual(model.Padded(cut)), $"cut {cut}");
        }
        // Rebased by qemu-img, which writes the header anew, the last one reads the same, to QEMU and to us.
        string last = ChainModel.Name(5);
        File.Move(folder[ChainModel.Name(4)], folder["moved.qcow2"], overwrite: true);
        folder.Img("rebase", "-u", "-b", "./moved.qcow2", "-F", "qcow2", last).Checked();
        folder.Check(last);
        Assert.Equal(model.Padded(5), folder.Content(last));
        byte[] rebased = File.ReadAllBytes(folder[last]);
        Qcow2File file = Qcow2File.Open(new MemorySource(rebased), rebased.Length, last);
        Assert.Equal("./moved.qcow2", Encoding.UTF8.GetString(file.BackingName!));
        var chain = new Qcow2Chain([file, .. model.Chain(4).Files]);
        byte[] content = new byte[chain.VirtualSize];
        Assert.Equal(FsError.None, chain.Read(0, content, out _));
        Assert.Equal(model.Padded(5), content);
    }

    [Fact]
    public void Beyond_a_shorter_file_in_between_are_zeros_and_not_what_lies_deeper()
    {
        const long gib = 1L << 30;
        const long cluster = 4096;
        folder.Write("a.qcow2", new Qcow2Layout(2 * gib, 16, [new ClusterRun((gib >> 16) - 1, 4, ClusterKind.Data)], null), new PatternSource(2 * gib, 1));
        folder.Write("b.qcow2", new Qcow2Layout(gib + 512, 12, [], "./a.qcow2"u8.ToArray()), new PatternSource(gib, 2));
        folder.Write("c.qcow2", new Qcow2Layout(2 * gib, 12, [new ClusterRun((2 * gib / cluster) - 1, 1, ClusterKind.Data)], "./b.qcow2"u8.ToArray()), new PatternSource(2 * gib, 3));
        byte[] seen = new byte[3 * cluster];
        Qcow2Chain chain = Open("c.qcow2", "b.qcow2", "a.qcow2");
        Assert.Equal(FsError.None, chain.Read(gib - cluster, seen, out _));
        byte[] expected = new byte[3 * cluster];
        _ = new PatternSource(gib + 512, 1).Read(gib - cluster, expected, out _);
        Assert.Equal(expected, seen);
        folder.Img("convert", "-O", "raw", "c.qcow2", "c.raw").Checked();
        using var raw = File.OpenHandle(folder["c.raw"]);
        RandomAccess.Read(raw, seen, gib - cluster);
        Assert.Equal(expected, seen);
    }

    [Fact]
    public void A_missing_link_is_told_by_name()
    {
        var model = new ChainModel(3, cuts: 3, largest: 100_000);
        var e = Assert.Throws<Qcow2Exception>(() => new Qcow2Chain([.. model.Chain(2).Files.Take(2)]));
        Assert.Equal(FsError.NotFound, e.Error);
        Assert.Contains("./cut0.qcow2", e.Message, StringComparison.Ordinal);
        Assert.Throws<Qcow2Exception>(() => new Qcow2Chain([.. model.Chain(2).Files.Reverse()]));
    }

    private Qcow2Chain Open(params string[] names) => new([.. names.Select(name =>
    {
        byte[] bytes = File.ReadAllBytes(folder[name]);
        return Qcow2File.Open(new MemorySource(bytes), bytes.Length, name);
    })]);
}
