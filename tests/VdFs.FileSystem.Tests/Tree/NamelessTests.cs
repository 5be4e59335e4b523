using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Tests.Tree;

/// <summary>Files without a name: there for as long as they are open, also in the next worker, and gone with all that is kept of them when they are closed.</summary>
public sealed class NamelessTests : IDisposable
{
    private const OpenIntent ReadWrite = OpenIntent.Read | OpenIntent.Write;
    private readonly KeptFiles kept = new();
    private readonly TreeWorld world;

    public NamelessTests() => world = new TreeWorld(new TreeOptions { Keeper = kept });

    [Theory]
    [InlineData("unlink")]
    [InlineData("replace")]
    [InlineData("unnamed")]
    public void What_is_born_and_deleted_within_a_generation_leaves_nothing(string how)
    {
        int images = world.Engine.Images.Count;
        long list = world.RecordListLength;
        for (int i = 0; i < 40; i++)
        {
            (NodeId Node, ulong Handle) file = Make(how);
            Assert.NotEmpty(world.ImageFiles);
            Close(file);
        }
        WaitUntilGone(images);
        Assert.InRange(world.RecordListLength, list, list + (40 * 4 * 32));
        world.Restart(clean: true);
        Assert.Equal(images, world.Engine.Images.Count);
        Assert.Equal(0, kept.Count);
    }

    [Fact]
    public void A_snapshot_that_is_held_keeps_nothing_of_what_was_born_after_it()
    {
        Close(world.Create("before", "content"u8));
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "a"));
        int images = world.Engine.Images.Count;
        int files = world.ImageFiles.Count;
        Close(Make("unlink"));
        TreeWorld.WaitUntil(() => world.Engine.Images.Count == images && world.ImageFiles.Count == files, "its record is still there");
        // What the snapshot has stays, with a hidden link.
        Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "before"u8));
        Assert.Equal("content"u8.ToArray(), world.Read(".snapshots/a/before"));
    }

    [Fact]
    public void Deleted_while_it_is_closed_it_goes_at_once()
    {
        int images = world.Engine.Images.Count;
        (NodeId Node, ulong Handle) file = world.Create("a", "content"u8);
        Close(file, forget: false);
        Assert.NotEmpty(world.ImageFiles);
        Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "a"u8));
        WaitUntilGone(images);
    }

    [Theory]
    [InlineData("unlink")]
    [InlineData("replace")]
    [InlineData("unnamed")]
    public void The_next_worker_goes_on_with_it_and_removes_it_when_it_is_closed(string how)
    {
        int images = world.Engine.Images.Count;
        (NodeId Node, ulong Handle) file = Make(how);
        (NodeId Node, ulong Handle) untouched = Make(how);
        Assert.Equal(2, kept.Count);
        world.Restart();
        world.Write(file, 7, " and more"u8);
        Assert.Equal("content and more"u8.ToArray(), world.Read(file.Node, file.Handle));
        Close(file);
        // This worker never had it open.
        Close(untouched);
        WaitUntilGone(images);
        Assert.Equal(0, kept.Count);
    }

    [Fact]
    public void A_file_made_without_a_name_that_gets_one_stays()
    {
        (NodeId Node, ulong Handle) file = Make("unnamed");
        Assert.Equal(FsError.None, world.Tree.Link(world.Context, file.Node, NodeId.Root, "named"u8, out _));
        int files = world.ImageFiles.Count;
        Close(file);
        Close(Make("unlink"));
        TreeWorld.WaitUntil(() => world.ImageFiles.Count == files, "the other one's record is still there");
        Assert.Equal("content"u8.ToArray(), world.Read("named"));
        Assert.True(world.Engine.Images.TryGet(new FileKey(world.Lookup("named").Attributes.Key.Device, world.Lookup("named").Inode), out _));
    }

    [Fact]
    public void A_removed_folder_is_there_for_who_has_it_open_in_the_next_worker()
    {
        Assert.Equal(FsError.None, world.MakeDirectory(NodeId.Root, "d"));
        NodeId folder = world.Lookup("d").Node;
        Assert.Equal(FsError.None, world.Tree.RemoveDirectory(world.Context, NodeId.Root, "d"u8));
        world.Restart();
        Assert.Equal(FsError.None, world.Tree.GetAttributes(world.Context, folder, null, out FileAttributes attributes, out _, out _));
        Assert.Equal(0u, attributes.Links);
        world.Tree.Forget(world.Context, folder, 2);
        Assert.Equal(0, kept.Count);
    }

    public void Dispose()
    {
        world.Dispose();
        kept.Dispose();
    }

    private (NodeId Node, ulong Handle) Make(string how)
    {
        if (how == "unnamed")
        {
            Assert.Equal(FsError.None, world.Tree.CreateUnnamed(world.Context, NodeId.Root, 0x180, 0, ReadWrite, out Entry entry, out OpenResult opened));
            world.Write((entry.Node, opened.Handle), 0, "content"u8);
            return (entry.Node, opened.Handle);
        }
        (NodeId Node, ulong Handle) file = world.Create("file", "content"u8);
        if (how == "replace")
        {
            Close(world.Create("other"));
            Assert.Equal(FsError.None, world.Tree.Rename(world.Context, NodeId.Root, "other"u8, NodeId.Root, "file"u8, RenameMode.Replace));
        }
        Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "file"u8));
        return file;
    }

    private void Close((NodeId Node, ulong Handle) file, bool forget = true)
    {
        world.Tree.Release(world.Context, file.Node, file.Handle);
        if (forget)
            world.Tree.Forget(world.Context, file.Node, 1);
    }

    private void WaitUntilGone(int images) =>
        TreeWorld.WaitUntil(() => world.Engine.Images.Count == images && world.ImageFiles.Count == 0, "images or their files are still there");
}
