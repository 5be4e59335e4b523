using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tests.Tree;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Tests.Views;

/// <summary>mkdir, rmdir and mv in `.snapshots` are commands; everything else there is refused.</summary>
public sealed class CommandTests
{
    [Fact]
    public void Mkdir_cuts_rmdir_releases_and_forgets()
    {
        using var world = new TreeWorld();
        (NodeId Node, ulong Handle) file = world.Create("a", "before"u8);
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        world.Write(file, 0, "after!"u8);
        Assert.Equal("before"u8.ToArray(), world.Read(".snapshots/s/a"));
        Assert.Equal("after!"u8.ToArray(), world.Read("a"));
        Assert.Equal(FsError.None, world.Tree.RemoveDirectory(world.Context, world.Snapshots, "s"u8));
        Assert.Equal(FsError.NotFound, world.TryLookup(".snapshots/s", out _));
        NodeId checkpoints = world.Lookup(".snapshots/.checkpoints").Node;
        Assert.Equal([".", "..", "s"], world.List(checkpoints));
        Assert.Equal([".", ".."], world.List(world.Lookup(".snapshots/.checkpoints/s").Node));
        Assert.Equal(FsError.None, world.Tree.RemoveDirectory(world.Context, checkpoints, "s"u8));
        Assert.Equal(FsError.NotFound, world.Tree.RemoveDirectory(world.Context, checkpoints, "s"u8));
        Assert.Empty(world.Engine.Snapshots.All);
    }

    [Fact]
    public void Commands_wait_and_so_are_left_to_threads_that_may()
    {
        using var world = new TreeWorld();
        NodeId folder = world.Snapshots;
        Assert.Equal(FsError.MustWait, world.Tree.MakeDirectory(world.Quick, folder, "s"u8, 0x1ED, 0, out _));
        Assert.Empty(world.Engine.Snapshots.All);
        Assert.Equal(FsError.None, world.MakeDirectory(folder, "s"));
        Assert.Equal(FsError.MustWait, world.Tree.Rename(world.Quick, folder, "s"u8, folder, "t"u8, RenameMode.Replace));
        Assert.Equal(FsError.MustWait, world.Tree.RemoveDirectory(world.Quick, folder, "s"u8));
        Assert.NotNull(world.Engine.Snapshots.FindHeld("s"));
    }

    [Theory]
    [InlineData("..", FsError.InvalidArgument)]
    [InlineData("a..b", FsError.InvalidArgument)]
    [InlineData(".hidden", FsError.InvalidArgument)]
    [InlineData("final.", FsError.InvalidArgument)]
    [InlineData("tonight~1", FsError.InvalidArgument)]
    [InlineData("ä", FsError.InvalidArgument)]
    [InlineData("with space", FsError.InvalidArgument)]
    [InlineData("held", FsError.AlreadyExists)]
    [InlineData(".checkpoints", FsError.AlreadyExists)]
    public void A_bad_name_is_refused_and_said_why(string name, FsError expected)
    {
        using var world = new TreeWorld();
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "held"));
        Assert.Equal(expected, world.MakeDirectory(world.Snapshots, name));
        Assert.Single(world.Engine.Snapshots.All);
        if (name != ".checkpoints")
            Assert.Contains(world.Told, t => t.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_that_is_not_text_is_refused_and_not_found()
    {
        using var world = new TreeWorld();
        Assert.Equal(FsError.InvalidArgument, world.Tree.MakeDirectory(world.Context, world.Snapshots, [0xFF, 0xFE], 0x1ED, 0, out _));
        Assert.Equal(FsError.NotFound, world.Tree.Lookup(world.Context, world.Snapshots, [0xFF, 0xFE], out _));
        Assert.Equal(FsError.NotFound, world.Tree.RemoveDirectory(world.Context, world.Snapshots, [0xFF]));
    }

    [Fact]
    public void Who_has_the_folder_open_that_a_snapshot_is_in_does_not_remove_it()
    {
        var open = new OpenFolder();
        using var world = new TreeWorld(new TreeOptions { OpenFolders = open });
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "t"));
        Assert.Equal(FsError.None, world.Tree.RemoveDirectory(world.Context, world.Snapshots, "t"u8));
        NodeId checkpoints = world.Lookup(".snapshots/.checkpoints").Node;
        foreach (string folder in new[] { ".snapshots", ".snapshots/s", ".snapshots/.checkpoints", ".snapshots/.checkpoints/t" })
        {
            open.Inode = world.Lookup(folder).Inode;
            Assert.Equal(FsError.Busy, world.Tree.RemoveDirectory(world.Context, world.Snapshots, "s"u8));
            Assert.Equal(FsError.NotFound, world.Tree.RemoveDirectory(world.Context, world.Snapshots, "none"u8));
            if (folder.Contains(".checkpoints", StringComparison.Ordinal))
                Assert.Equal(FsError.Busy, world.Tree.RemoveDirectory(world.Context, checkpoints, "t"u8));
        }
        Assert.Contains(world.Told, t => t.Contains("somebody has .snapshots", StringComparison.Ordinal));
        open.Inode = world.Lookup(".snapshots/s").Inode;
        Assert.Equal(FsError.None, world.Tree.RemoveDirectory(world.Context, checkpoints, "t"u8));
        open.Inode = world.Tree.GetAttributes(world.Context, NodeId.Root, null, out _, out ulong root, out _) == FsError.None ? root : 0;
        Assert.Equal(FsError.None, world.Tree.RemoveDirectory(world.Context, world.Snapshots, "s"u8));
    }

    private sealed class OpenFolder : IOpenFolders
    {
        public ulong Inode { get; set; }

        public string? FindHolder(Caller caller, Func<ulong, bool> inodes) => inodes(Inode) ? "somebody" : null;
    }

    [Fact]
    public void Moving_renames_within_a_folder_and_nowhere_else()
    {
        using var world = new TreeWorld();
        NodeId folder = world.Snapshots;
        Assert.Equal(FsError.None, world.MakeDirectory(folder, "a"));
        Assert.Equal(FsError.None, world.MakeDirectory(folder, "b"));
        NodeId view = world.Lookup(".snapshots/a").Node;
        Assert.Equal(FsError.None, Move(folder, "a", folder, "c"));
        Assert.Equal(view, world.Lookup(".snapshots/c").Node);
        Assert.Equal(FsError.AlreadyExists, Move(folder, "c", folder, "b"));
        Assert.Equal(FsError.NotFound, Move(folder, "none", folder, "d"));
        Assert.Equal(FsError.InvalidArgument, Move(folder, "c", folder, "no~tilde"));
        NodeId checkpoints = world.Lookup(".snapshots/.checkpoints").Node;
        Assert.Equal(FsError.NotPermitted, Move(folder, "c", checkpoints, "c"));
        Assert.Equal(FsError.NotPermitted, Move(folder, ".checkpoints", folder, "x"));
        Assert.Equal(FsError.NotPermitted, Move(folder, "c", NodeId.Root, "c"));
        Assert.Equal(FsError.InvalidArgument, world.Tree.Rename(world.Context, folder, "c"u8, folder, "b"u8, RenameMode.Exchange));
        Assert.Equal(FsError.None, world.Tree.RemoveDirectory(world.Context, folder, "c"u8));
        Assert.Equal(FsError.None, Move(checkpoints, "c", checkpoints, "d"));
        Assert.Equal([".", "..", "d"], world.List(checkpoints));

        FsError Move(NodeId from, string name, NodeId to, string newName) =>
            world.Tree.Rename(world.Context, from, TreeWorld.Bytes(name), to, TreeWorld.Bytes(newName), RenameMode.Replace);
    }

    [Fact]
    public void Nothing_but_commands_changes_anything_in_snapshots()
    {
        using var world = new TreeWorld();
        (NodeId live, _) = world.Create("a", "x"u8);
        Assert.Equal(FsError.None, world.MakeDirectory(NodeId.Root, "d"));
        NodeId folder = world.Snapshots;
        Assert.Equal(FsError.None, world.MakeDirectory(folder, "s"));
        NodeId root = world.Lookup(".snapshots/s").Node;
        NodeId view = world.Lookup(".snapshots/s/a").Node;
        MountTree tree = world.Tree;
        OperationContext context = world.Context;
        foreach ((NodeId parent, FsError refusal) in new[] { (folder, FsError.NotPermitted), (root, FsError.ReadOnly) })
        {
            Assert.Equal(refusal, tree.MakeNode(context, parent, "n"u8, FileAttributes.TypeRegular | 0x1A4, 0, 0, out _));
            Assert.Equal(refusal, tree.MakeSymlink(context, parent, "n"u8, "target"u8, out _));
            Assert.Equal(refusal, tree.Create(context, parent, "n"u8, 0x1A4, 0, OpenIntent.Write, out _, out _));
            Assert.Equal(refusal, tree.CreateUnnamed(context, parent, 0x1A4, 0, OpenIntent.Write, out _, out _));
            Assert.Equal(refusal, tree.Link(context, live, parent, "n"u8, out _));
            Assert.Equal(refusal, tree.Unlink(context, parent, "a"u8));
            Assert.Equal(refusal, tree.Rename(context, NodeId.Root, "a"u8, parent, "n"u8, RenameMode.Replace));
            Assert.Equal(refusal, tree.SetAttributes(context, parent, new AttributeChange { Fields = AttributeFields.Mode, Mode = 0x1FF }, out _, out _, out _));
            Assert.Equal(refusal, tree.SetExtendedAttribute(context, parent, "user.x"u8, "y"u8, ExtendedAttributeMode.CreateOrReplace, killSetGroupId: false));
        }
        Assert.Equal(FsError.ReadOnly, tree.MakeDirectory(context, root, "n"u8, 0x1ED, 0, out _));
        Assert.Equal(FsError.ReadOnly, tree.RemoveDirectory(context, root, "d"u8));
        Assert.Equal(FsError.ReadOnly, tree.Rename(context, root, "a"u8, root, "b"u8, RenameMode.Replace));
        Assert.Equal(FsError.CrossDevice, tree.Link(context, view, NodeId.Root, "n"u8, out _));
        Assert.Equal(FsError.ReadOnly, tree.Open(context, view, OpenIntent.Write, out _));
        Assert.Equal(FsError.ReadOnly, tree.Open(context, view, OpenIntent.Read | OpenIntent.Truncate, out _));
        Assert.Equal(FsError.ReadOnly, tree.SetAttributes(context, view, new AttributeChange { Fields = AttributeFields.Size }, out _, out _, out _));
        ulong handle = world.Open(view);
        Assert.Equal(FsError.ReadOnly, tree.Write(context, view, handle, 0, "y"u8, WriteDurability.None, killPrivileges: false, out _));
        Assert.Equal(FsError.ReadOnly, tree.Allocate(context, view, handle, AllocateMode.Extend, 0, 10));
        Assert.Equal("x"u8.ToArray(), world.Read(view, handle));
        // `.snapshots` itself stays where it is.
        Assert.Equal(FsError.NotPermitted, tree.RemoveDirectory(context, NodeId.Root, ".snapshots"u8));
        Assert.Equal(FsError.NotPermitted, tree.Rename(context, NodeId.Root, ".snapshots"u8, NodeId.Root, "n"u8, RenameMode.Replace));
        Assert.Equal(FsError.NotPermitted, tree.Rename(context, NodeId.Root, "d"u8, NodeId.Root, ".snapshots"u8, RenameMode.Replace));
        Assert.Equal(FsError.AlreadyExists, world.MakeDirectory(NodeId.Root, ".snapshots"));
    }
}
