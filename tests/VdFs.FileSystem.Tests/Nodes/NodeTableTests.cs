using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Nodes;
using VdFs.FileSystem.Tests.Tree;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Tests.Nodes;

/// <summary>A node id means one file for as long as the kernel knows it, also to the next worker, and never two.</summary>
public sealed class NodeTableTests
{
    [Fact]
    public void A_forgotten_node_is_unknown_and_its_place_gets_another_id()
    {
        using var world = new TreeWorld();
        world.Create("a");
        (NodeId first, ulong handle) = world.Create("b");
        world.Tree.Release(world.Context, first, handle);
        world.Lookup("b");
        world.Tree.Forget(world.Context, first, 1);
        Assert.Equal(FsError.None, world.Tree.GetAttributes(world.Context, first, null, out _, out _, out _));
        world.Tree.Forget(world.Context, first, 1);
        Assert.Equal(FsError.Stale, world.Tree.GetAttributes(world.Context, first, null, out _, out _, out _));
        // More than there are is a hint from before a worker's death.
        world.Tree.Forget(world.Context, first, 5);
        NodeId again = world.Lookup("b").Node;
        Assert.NotEqual(first, again);
        Assert.Equal((uint)first.Value, (uint)again.Value);
    }

    [Fact]
    public void All_names_of_a_file_are_one_node()
    {
        using var world = new TreeWorld();
        (NodeId node, _) = world.Create("a");
        Assert.Equal(FsError.None, world.Tree.Link(world.Context, node, NodeId.Root, "b"u8, out Entry linked));
        Assert.Equal(node, linked.Node);
        Assert.Equal(2u, linked.Attributes.Links);
        Assert.Equal(node, world.Lookup("b").Node);
    }

    [Fact]
    public void The_next_worker_knows_every_node_of_the_former_one()
    {
        using var world = new TreeWorld();
        Assert.Equal(FsError.None, world.MakeDirectory(NodeId.Root, "d"));
        NodeId folder = world.Lookup("d").Node;
        Assert.Equal(FsError.None, world.Tree.Create(world.Context, folder, "deep"u8, 0x1A4, 0, OpenIntent.Write, out Entry deep, out OpenResult open));
        world.Write((deep.Node, open.Handle), 0, "content"u8);
        Assert.Equal(FsError.None, world.Tree.Rename(world.Context, NodeId.Root, "d"u8, NodeId.Root, "e"u8, RenameMode.Replace));
        world.Restart();
        Assert.Equal(FsError.None, world.Tree.GetAttributes(world.Context, deep.Node, null, out FileAttributes attributes, out _, out _));
        Assert.Equal(7, attributes.Size);
        Assert.Equal(deep.Node, world.Lookup("e/deep").Node);
        // Its open handle too: writes go on.
        world.Write((deep.Node, open.Handle), 7, "!"u8);
        Assert.Equal("content!"u8.ToArray(), world.Read("e/deep"));
    }

    [Fact]
    public void A_node_of_a_former_worker_whose_file_was_replaced_is_stale()
    {
        using var world = new TreeWorld();
        (NodeId node, _) = world.Create("a");
        world.Create("b");
        System.IO.File.Move(world.Folder + "/b", world.Folder + "/a", overwrite: true);
        world.Restart();
        Assert.Equal(FsError.Stale, world.Tree.GetAttributes(world.Context, node, null, out _, out _, out _));
    }

    [Fact]
    public void Nodes_of_a_former_worker_can_be_forgotten_without_ever_being_used()
    {
        using var world = new TreeWorld();
        var nodes = new List<NodeId>();
        for (int i = 0; i < 1500; i++)
        {
            Assert.Equal(FsError.None, world.Tree.MakeNode(world.Context, NodeId.Root, TreeWorld.Bytes($"n{i}"), FileAttributes.TypeFifo | 0x1A4, 0, 0, out Entry made));
            nodes.Add(made.Node);
        }
        world.Restart();
        foreach (NodeId node in nodes)
            world.Tree.Forget(world.Context, node, 1);
        Assert.NotEqual(nodes[1499], world.Lookup("n1499").Node);
    }

    [Fact]
    public void A_file_that_a_former_worker_knew_by_a_name_that_went_is_found_by_the_one_it_is_looked_up_at()
    {
        using var world = new TreeWorld();
        (NodeId node, _) = world.Create("a");
        System.IO.File.Move(world.Folder + "/a", world.Folder + "/b");
        world.Restart();
        Assert.Equal(node, world.Lookup("b").Node);
        System.IO.File.Move(world.Folder + "/b", world.Folder + "/c");
        Assert.Equal(FsError.None, world.Tree.GetAttributes(world.Context, node, null, out _, out _, out _));
    }
}
