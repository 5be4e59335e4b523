using VdFs.Core.Errors;
using VdFs.FileSystem.Tests.Tree;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Tests.Views;

/// <summary>Every name is listed once, whatever the answers' size and whatever comes and goes meanwhile.</summary>
public sealed class ListingTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(1000, true)]
    public void Every_name_is_listed_once(int atOnce, bool plus)
    {
        using var world = new TreeWorld(new TreeOptions { ShowSnapshots = true });
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"image{i:d2}")];
        foreach (string name in names)
            world.Create(name);
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "t"));
        Assert.Equal([".", "..", .. names], world.List(world.Lookup(".snapshots/s").Node, atOnce, plus));
        Assert.Equal([".", "..", ".checkpoints", "s", "t"], world.List(world.Snapshots, atOnce, plus));
        List<string> root = world.List(NodeId.Root, atOnce, plus);
        Assert.Equal(".snapshots", root[^1]);
        Assert.Equal([".", "..", ".snapshots", .. names], root.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_listing_goes_on_where_it_was_while_snapshots_come_and_go()
    {
        using var world = new TreeWorld();
        foreach (string name in new[] { "a", "b", "c" })
            Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, name));
        int answers = 0;
        List<string> names = world.List(world.Snapshots, atOnce: 1, between: () =>
        {
            // After `a` was told: it goes, and a newer one comes.
            if (++answers == 4)
            {
                Assert.Equal(FsError.None, world.Tree.RemoveDirectory(world.Context, world.Snapshots, "a"u8));
                Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "d"));
            }
        });
        Assert.Equal([".", "..", ".checkpoints", "a", "b", "c", "d"], names);
    }

    [Fact]
    public void Snapshots_are_not_listed_unless_asked_for_but_reachable()
    {
        using var world = new TreeWorld();
        Assert.Equal([".", ".."], world.List(NodeId.Root));
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        Assert.Equal([".", "..", ".checkpoints", "s"], world.List(world.Snapshots));
    }
}
