using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.FileSystem.Tests.Tree;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Tests.Views;

/// <summary>What happens to images while VdFs isn't mounted is in no record: it is noticed, and nothing wrong is shown.</summary>
public sealed class UnmountedTests
{
    [Fact]
    public void An_image_that_was_changed_without_VdFs_is_lost_in_its_snapshots_and_full_next_time()
    {
        using var world = new TreeWorld();
        world.Create("a", "content"u8);
        world.Create("b", "content"u8);
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        world.Restart(clean: true, () => File.WriteAllText(world.Folder + "/a", "CHANGED"));
        NodeId node = world.Lookup(".snapshots/s/a").Node;
        Assert.Equal(FsError.Io, world.Tree.Open(world.Context, node, OpenIntent.Read, out _));
        Assert.Equal("content"u8.ToArray(), world.Read(".snapshots/s/b"));
        Assert.Equal("part lost: 1 of 2 images, the image was changed while VdFs was not mounted", world.Engine.List().Single().State);
        Assert.Contains("not mounted", Changes(world, "a").Reason, StringComparison.Ordinal);
        Assert.False(Changes(world, "b").Full);
        // Said once, and for good.
        world.Restart(clean: true);
        Assert.Equal(FsError.Io, world.Tree.Open(world.Context, world.Lookup(".snapshots/s/a").Node, OpenIntent.Read, out _));
        Assert.True(Changes(world, "a").Full);
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "t"));
        Assert.Equal("CHANGED"u8.ToArray(), world.Read(".snapshots/t/a"));
    }

    [Fact]
    public void A_remount_without_changes_keeps_snapshots_and_lineages_also_of_deleted_images()
    {
        using var world = new TreeWorld();
        (NodeId node, _) = world.Create("a", "content"u8);
        world.Create("gone", "content"u8);
        Assert.Equal(FsError.None, world.Tree.Link(world.Context, node, NodeId.Root, "b"u8, out _));
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "b"u8));
        Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "gone"u8));
        world.Restart(clean: true);
        world.Restart(clean: true);
        world.Restart();
        Assert.Equal("whole", world.Engine.List().Single().State);
        Assert.Equal("content"u8.ToArray(), world.Read(".snapshots/s/b"));
        Assert.Equal("content"u8.ToArray(), world.Read(".snapshots/s/gone"));
        Assert.False(Changes(world, "a").Full);
    }

    private static ChangeReport Changes(TreeWorld world, string image)
    {
        Assert.True(world.Engine.Changes(image, "s", null, out ChangeReport? report).Succeeded);
        return report!;
    }
}
