using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tests.Tree;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Tests.Views;

/// <summary>What a view shows is what was there, read-only, for as long as the snapshot is held, and nothing after that.</summary>
public sealed class ViewTests
{
    [Fact]
    public void A_released_view_gives_an_error_to_who_has_it_open()
    {
        using var world = new TreeWorld();
        world.Create("a", "content"u8);
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        NodeId root = world.Lookup(".snapshots/s").Node;
        NodeId node = world.Lookup(".snapshots/s/a").Node;
        ulong handle = world.Open(node);
        Assert.Equal("content"u8.ToArray(), world.Read(node, handle));
        Assert.Equal("whole", State(world, node));
        Assert.Equal(FsError.None, world.Tree.RemoveDirectory(world.Context, world.Snapshots, "s"u8));
        Assert.Contains(node, world.Invalidated);
        Assert.Equal(FsError.Io, world.Tree.Read(world.Context, node, handle, 0, new byte[10], out _));
        Assert.Equal(FsError.Io, world.Tree.Seek(world.Context, node, handle, 0, hole: false, out _));
        Assert.Equal(FsError.Io, world.Tree.Open(world.Context, node, OpenIntent.Read, out _));
        Assert.Equal(FsError.Io, world.Tree.GetAttributes(world.Context, node, null, out _, out _, out _));
        Assert.Equal(FsError.Io, world.Tree.Lookup(world.Context, root, "a"u8, out _));
        Assert.StartsWith("lost", State(world, node), StringComparison.Ordinal);
        world.Tree.Release(world.Context, node, handle);
        // Another snapshot of the same name is other nodes.
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        Assert.NotEqual(node, world.Lookup(".snapshots/s/a").Node);
        Assert.Equal(FsError.Io, world.Tree.GetAttributes(world.Context, node, null, out _, out _, out _));
    }

    [Fact]
    public void An_open_view_and_its_node_mean_the_same_to_the_next_worker()
    {
        using var world = new TreeWorld();
        world.Create("a", "content"u8);
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        NodeId node = world.Lookup(".snapshots/s/a").Node;
        ulong handle = world.Open(node);
        world.Restart();
        Assert.Equal(node, world.Lookup(".snapshots/s/a").Node);
        Assert.Equal("content"u8.ToArray(), world.Read(node, handle));
    }

    [Theory]
    [InlineData(RenameMode.Replace)]
    [InlineData(RenameMode.Whiteout)]
    public void An_image_that_is_replaced_stays_in_the_view(RenameMode mode)
    {
        using var world = new TreeWorld();
        (NodeId node, ulong handle) = world.Create("a", "old"u8);
        world.Create("b", "new"u8);
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        Assert.Equal(FsError.None, world.Tree.Rename(world.Context, NodeId.Root, "b"u8, NodeId.Root, "a"u8, mode));
        // Nothing keeps the old file but the snapshot.
        world.Tree.Release(world.Context, node, handle);
        world.Tree.Forget(world.Context, node, 1);
        Assert.Equal("new"u8.ToArray(), world.Read("a"));
        Assert.Equal("old"u8.ToArray(), world.Read(".snapshots/s/a"));
        Assert.Equal("new"u8.ToArray(), world.Read(".snapshots/s/b"));
    }

    [Fact]
    public void The_hidden_link_of_a_deleted_image_is_not_counted_not_by_the_next_worker_either()
    {
        using var world = new TreeWorld();
        (NodeId node, _) = world.Create("a", "content"u8);
        Assert.Equal(FsError.None, world.Tree.Link(world.Context, node, NodeId.Root, "b"u8, out _));
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "b"u8));
        Assert.Equal(1u, world.Lookup("a").Attributes.Links);
        world.Restart();
        Assert.Equal(1u, world.Lookup("a").Attributes.Links);
        Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "a"u8));
        Assert.Equal("content"u8.ToArray(), world.Read(".snapshots/s/a"));
        Assert.Equal("content"u8.ToArray(), world.Read(".snapshots/s/b"));
    }

    [Fact]
    public void Hard_links_symlinks_and_pipes_are_in_the_view_as_they_were()
    {
        using var world = new TreeWorld();
        (NodeId node, _) = world.Create("a", "content"u8);
        Assert.Equal(FsError.None, world.Tree.Link(world.Context, node, NodeId.Root, "b"u8, out _));
        Assert.Equal(FsError.None, world.Tree.MakeSymlink(world.Context, NodeId.Root, "l"u8, "where/ever"u8, out _));
        Assert.Equal(FsError.None, world.Tree.MakeNode(world.Context, NodeId.Root, "p"u8, FileAttributes.TypeFifo | 0x1A4, 0, 0, out _));
        Assert.Equal(FsError.None, world.Tree.MakeNode(world.Context, NodeId.Root, [0xFF, (byte)'x'], FileAttributes.TypeSocket | 0x1A4, 0, 0, out _));
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        NodeId root = world.Lookup(".snapshots/s").Node;
        Entry first = world.Lookup(".snapshots/s/a");
        Assert.Equal(first.Node, world.Lookup(".snapshots/s/b").Node);
        Assert.Equal(2u, first.Attributes.Links);
        Assert.Equal(FileAttributes.TypeRegular | 0x1A4u, first.Attributes.Mode);
        byte[] target = new byte[4096];
        Entry link = world.Lookup(".snapshots/s/l");
        Assert.Equal(FsError.None, world.Tree.ReadLink(world.Context, link.Node, target, out int length));
        Assert.Equal("where/ever", Encoding.UTF8.GetString(target, 0, length));
        Assert.Equal(FileAttributes.TypeFifo, world.Lookup(".snapshots/s/p").Attributes.Mode & FileAttributes.TypeMask);
        Assert.Equal(FsError.None, world.Tree.Lookup(world.Context, root, [0xFF, (byte)'x'], out Entry bytes));
        Assert.Equal(FileAttributes.TypeSocket, bytes.Attributes.Mode & FileAttributes.TypeMask);
    }

    [Fact]
    public void A_file_that_was_deleted_and_made_again_at_once_is_another_image()
    {
        using var world = new TreeWorld();
        for (int i = 0; i < 50; i++)
        {
            (NodeId old, ulong handle) = world.Create("a", "old"u8);
            world.Tree.Release(world.Context, old, handle);
            Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "a"u8));
            world.Tree.Forget(world.Context, old, 1);
        }
        world.Create("a", "new"u8);
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        Assert.Equal("new"u8.ToArray(), world.Read(".snapshots/s/a"));
    }

    [Fact]
    public void Bad_names_are_refused_wherever_a_name_is_given()
    {
        using var world = new TreeWorld();
        world.Create("a");
        foreach ((byte[] name, FsError expected) in new[]
        {
            (Array.Empty<byte>(), FsError.InvalidArgument), ("."u8.ToArray(), FsError.InvalidArgument), (".."u8.ToArray(), FsError.InvalidArgument),
            ("a/b"u8.ToArray(), FsError.InvalidArgument), ("a\0b"u8.ToArray(), FsError.InvalidArgument), (new byte[256], FsError.NameTooLong),
        })
        {
            Array.Fill(name, (byte)'n', 0, name.Length > 255 ? 256 : 0);
            Assert.Equal(expected, world.Tree.Lookup(world.Context, NodeId.Root, name, out _));
            Assert.Equal(expected, world.Tree.Create(world.Context, NodeId.Root, name, 0x1A4, 0, OpenIntent.Write, out _, out _));
            Assert.Equal(expected, world.Tree.MakeDirectory(world.Context, NodeId.Root, name, 0x1ED, 0, out _));
            Assert.Equal(expected, world.Tree.Unlink(world.Context, NodeId.Root, name));
            Assert.Equal(expected, world.Tree.Rename(world.Context, NodeId.Root, "a"u8, NodeId.Root, name, RenameMode.Replace));
            Assert.Equal(expected, world.Tree.Rename(world.Context, NodeId.Root, name, NodeId.Root, "b"u8, RenameMode.Replace));
        }
        Assert.Equal([".", "..", "a"], world.List(NodeId.Root).Order(StringComparer.Ordinal));
    }

    private static string State(TreeWorld world, NodeId node)
    {
        byte[] value = new byte[1000];
        Assert.Equal(FsError.None, world.Tree.GetExtendedAttribute(world.Context, node, "user.vdfs.state"u8, value, out int length));
        return Encoding.UTF8.GetString(value, 0, length);
    }
}
