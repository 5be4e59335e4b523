using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Tests.Engine;

/// <summary>Changes are those of one image, and say which: a copy of what they start from becomes what they end with.</summary>
public sealed class ChangesTests
{
    [Theory]
    [InlineData(100_000, 1_000_000, 500_000)]
    [InlineData(100_000, 100_001, 100_001)]
    [InlineData(0, 5_000_000, 5_000_000)]
    [InlineData(500_000, 500_000, 8192)]
    [InlineData(500_000, 1_000_000, 500_001)]
    [InlineData(500_000, 100, 0)]
    public void A_copy_gets_the_new_length_though_the_image_grew_by_a_hole(int before, int between, int after)
    {
        using var world = new EngineWorld();
        world.Create("a");
        byte[] then = new byte[before];
        new Random(before).NextBytes(then);
        if (before > 0)
            world.Write("a", 0, then);
        world.Cut("A");
        world.SetLength("a", between);
        world.SetLength("a", after);
        world.Cut("B");
        foreach (string? to in new[] { "B", null })
        {
            ChangeReport report = world.Changes("a", "A", to);
            Assert.Equal((false, before, after), (report.Full, report.FormerSize, report.Size));
            Assert.Equal(after, report.Extents.Select(e => e.Start + e.Length).DefaultIfEmpty(0).Last());
            byte[] now = world.Content("a");
            var copy = new MemoryStream();
            copy.Write(then);
            foreach (Extent extent in report.Extents)
            {
                copy.Position = extent.Start;
                copy.Write(now, (int)extent.Start, (int)extent.Length);
            }
            copy.SetLength(report.Size);
            Assert.Equal(now, copy.ToArray());
            // Not by the whole of what is a hole.
            Assert.InRange(report.Extents.Sum(e => e.Length), 0, before + 8192);
        }
        Assert.Empty(world.Changes("a", "B").Extents);
    }

    [Fact]
    public void Changes_of_an_image_that_took_anothers_path_are_all_of_it()
    {
        using var world = new EngineWorld();
        foreach (string name in new[] { "a", "b", "c" })
        {
            world.Create(name);
            world.Write(name, 0, Enumerable.Repeat((byte)name[0], 8192).ToArray());
        }
        world.Cut("A");
        world.Rename("a", "b");
        world.Rename("c", "d");
        world.Write("d", 4096, new byte[4096]);
        world.Cut("B");
        ChangeReport taken = world.Changes("b", "A", "B");
        Assert.Equal((true, "a", 8192L), (taken.Full, taken.FormerImage, taken.FormerSize!.Value));
        Assert.Equal([new Extent(0, 8192)], taken.Extents);
        Assert.Contains("'a'", taken.Reason, StringComparison.Ordinal);
        // Nobody has a copy of a former 'd': it is followed.
        ChangeReport followed = world.Changes("d", "A", "B");
        Assert.Equal((false, "c", 8192L), (followed.Full, followed.FormerImage, followed.FormerSize!.Value));
        Assert.Equal([new Extent(4096, 4096)], followed.Extents);
        Assert.Equal(("b", false), (world.Changes("b", "B").FormerImage, world.Changes("b", "B").Full));
        world.Create("e");
        ChangeReport born = world.Changes("e", "B");
        Assert.Equal((true, null, null), (born.Full, born.FormerImage, born.FormerSize));
        Assert.Equal(FsError.NotFound, world.Engine.Changes("c", "A", "B", out _).Error);
    }
}
