using System.Text;
using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Qcow2;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tests.Tree;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Tests.Views;

/// <summary>What `..B` and `A..B` show, to whom, and for how long.</summary>
public sealed class DeltaTests
{
    [Fact]
    public void Each_name_of_an_image_is_two_files_and_nothing_else_is_shown()
    {
        using TreeWorld world = Cut(out NodeId folder);
        DateTimeOffset time = world.Engine.Snapshots.FindHeld("new")!.Time;
        string at = "@" + Qcow2Names.Time(time);
        string[] expected = [".", "..", $"a{at}.json", $"a{at}.qcow2", $"link{at}.json", $"link{at}.qcow2", "deleted.json", "d"];
        foreach (int atOnce in new[] { 1, 2, 3, 100 })
        {
            foreach (bool plus in new[] { false, true })
                Assert.Equal(expected.Order(StringComparer.Ordinal), world.List(folder, atOnce, plus).Order(StringComparer.Ordinal));
        }
        Assert.Equal([".", "..", $"b{at}.json", $"b{at}.qcow2"], world.List(world.Lookup(".snapshots/old..new/d").Node).Order(StringComparer.Ordinal));
        // In a full one nothing is deleted.
        Assert.DoesNotContain("deleted.json", world.List(world.Lookup(".snapshots/..new").Node));
        Assert.Equal(FsError.NotFound, world.TryLookup(".snapshots/..new/deleted.json", out _));
        // Neither is listed.
        Assert.DoesNotContain(world.List(world.Snapshots), n => n.Length > 2 && n.Contains("..", StringComparison.Ordinal));
        Assert.Equal(FsError.NotFound, world.TryLookup(".snapshots/old..new/a", out _));
        Assert.Equal(FsError.NotFound, world.TryLookup(".snapshots/old..new/symlink", out _));
        Assert.Equal(FsError.NotFound, world.TryLookup($".snapshots/old..new/d{at}.qcow2", out _));
    }

    [Fact]
    public void Files_have_owner_and_permissions_of_their_image_and_times_of_the_cut()
    {
        using TreeWorld world = Cut(out _);
        Entry image = world.Lookup(".snapshots/new/a");
        Entry file = world.Lookup(Name(world, "a", ".qcow2"));
        Entry json = world.Lookup(Name(world, "a", ".json"));
        TimeSpec time = TimeSpec.From(world.Engine.Snapshots.FindHeld("new")!.Time);
        foreach (Entry entry in new[] { file, json })
        {
            Assert.Equal((image.Attributes.Mode, image.Attributes.Uid, image.Attributes.Gid, 1u), (entry.Attributes.Mode, entry.Attributes.Uid, entry.Attributes.Gid, entry.Attributes.Links));
            Assert.Equal((time, time, time), (entry.Attributes.ModifyTime, entry.Attributes.AccessTime, entry.Attributes.ChangeTime));
            Assert.InRange(entry.Inode, 0x8000_0002ul, uint.MaxValue);
        }
        Assert.NotEqual(file.Node, json.Node);
        Assert.Equal(world.Read(file.Node, world.Open(file.Node), 1 << 20).Length, file.Attributes.Size);
        Assert.Equal(world.Read(json.Node, world.Open(json.Node), 1 << 20).Length, json.Attributes.Size);
        Assert.InRange(file.Attributes.Blocks * 512, 4096, file.Attributes.Size);
        Assert.Equal("whole", State(world, file.Node));
    }

    [Fact]
    public void Hard_links_each_have_a_file_on_top_of_their_own_former_one()
    {
        using TreeWorld world = Cut(out _);
        foreach (string name in new[] { "a", "link" })
        {
            DeltaDescription told = Describe(world, Name(world, name, ".json"));
            Assert.StartsWith($"./{name}@", Encoding.UTF8.GetString(told.Backing!), StringComparison.Ordinal);
            Assert.Equal(name, Encoding.UTF8.GetString(told.Path));
            Assert.Null(told.FormerPath);
        }
    }

    [Fact]
    public void Nothing_can_be_changed_in_a_delta()
    {
        using TreeWorld world = Cut(out NodeId folder);
        NodeId file = world.Lookup(Name(world, "a", ".qcow2")).Node;
        Assert.Equal(FsError.ReadOnly, world.Tree.Open(world.Context, file, OpenIntent.Write, out _));
        Assert.Equal(FsError.ReadOnly, world.Tree.Open(world.Context, file, OpenIntent.Read | OpenIntent.Truncate, out _));
        Assert.Equal(FsError.ReadOnly, world.MakeDirectory(folder, "x"));
        Assert.Equal(FsError.ReadOnly, world.Tree.Unlink(world.Context, folder, "deleted.json"u8));
        Assert.Equal(FsError.ReadOnly, world.Tree.RemoveDirectory(world.Context, folder, "d"u8));
        Assert.Equal(FsError.ReadOnly, world.Tree.Rename(world.Context, folder, "d"u8, folder, "e"u8, RenameMode.Replace));
        Assert.Equal(FsError.NotPermitted, world.Tree.RemoveDirectory(world.Context, world.Snapshots, "old..new"u8));
        Assert.Equal(FsError.NotPermitted, world.Tree.Rename(world.Context, world.Snapshots, "old..new"u8, world.Snapshots, "e"u8, RenameMode.Replace));
        Assert.Equal(FsError.InvalidArgument, world.MakeDirectory(world.Snapshots, "a..b"));
        Assert.Equal(FsError.ReadOnly, world.Tree.SetAttributes(world.Context, file, new AttributeChange { Fields = AttributeFields.Mode }, out _, out _, out _));
    }

    [Fact]
    public void A_released_snapshot_ends_its_deltas()
    {
        using TreeWorld world = Cut(out NodeId folder);
        NodeId node = world.Lookup(Name(world, "a", ".qcow2")).Node;
        NodeId json = world.Lookup(Name(world, "a", ".json")).Node;
        ulong handle = world.Open(node), jsonHandle = world.Open(json);
        Assert.Equal(FsError.None, world.Tree.RemoveDirectory(world.Context, world.Snapshots, "new"u8));
        Assert.Contains(node, world.Invalidated);
        Assert.Equal(FsError.Io, world.Tree.Read(world.Context, node, handle, 0, new byte[10], out _));
        Assert.Equal(FsError.Io, world.Tree.Read(world.Context, json, jsonHandle, 0, new byte[10], out _));
        Assert.Equal(FsError.Io, world.Tree.Seek(world.Context, node, handle, 0, hole: false, out _));
        Assert.Equal(FsError.Io, world.Tree.Open(world.Context, node, OpenIntent.Read, out _));
        Assert.Equal(FsError.Io, world.Tree.Lookup(world.Context, folder, "d"u8, out _));
        Assert.StartsWith("lost", State(world, node), StringComparison.Ordinal);
        Assert.Equal(FsError.NotFound, world.TryLookup(".snapshots/old..new", out _));
        Assert.Contains(world.Told, t => t.Contains("checkpoint", StringComparison.Ordinal));
        // Another of the same name is other nodes.
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "new"));
        Assert.NotEqual(folder, world.Lookup(".snapshots/old..new").Node);
    }

    [Fact]
    public void Open_files_and_nodes_mean_the_same_to_the_next_worker()
    {
        using TreeWorld world = Cut(out NodeId folder);
        NodeId node = world.Lookup(Name(world, "a", ".qcow2")).Node;
        NodeId json = world.Lookup(Name(world, "a", ".json")).Node;
        NodeId deleted = world.Lookup(".snapshots/old..new/deleted.json").Node;
        (NodeId Node, ulong Handle, byte[] Content)[] open = [.. new[] { node, json, deleted }.Select(n => (n, world.Open(n))).Select(o => (o.n, o.Item2, world.Read(o.n, o.Item2, 1 << 20)))];
        world.Restart();
        foreach ((NodeId file, ulong handle, byte[] content) in open)
        {
            Assert.Equal(FsError.MustWait, world.Tree.Read(world.Quick, file, handle, 0, new byte[10], out _));
            Assert.Equal(content, world.Read(file, handle, 1 << 20));
            Assert.Equal(FsError.None, world.Tree.Read(world.Quick, file, handle, 0, new byte[10], out _));
        }
        Assert.Equal(folder, world.Lookup(".snapshots/old..new").Node);
        Assert.Equal(node, world.Lookup(Name(world, "a", ".qcow2")).Node);
    }

    [Fact]
    public void What_may_be_laid_out_otherwise_now_is_not_read_by_who_opened_it_before()
    {
        using TreeWorld world = Cut(out _);
        NodeId node = world.Lookup(Name(world, "a", ".qcow2")).Node;
        ulong handle = world.Open(node);
        world.RemoveState("deltas/");
        world.Restart();
        Assert.Equal(FsError.Io, world.Tree.Read(world.Context, node, handle, 0, new byte[10], out _));
        Assert.Contains(node, world.Invalidated);
        Assert.Equal(FsError.None, world.Tree.Open(world.Context, node, OpenIntent.Read, out OpenResult opened));
        Assert.False(opened.KeepCache);
        Assert.Equal(FsError.None, world.Tree.Read(world.Context, node, opened.Handle, 0, new byte[10], out _));
    }

    [Fact]
    public void Nobody_waits_who_may_not()
    {
        using TreeWorld world = Cut(out _);
        Assert.Equal(FsError.MustWait, world.Tree.Lookup(world.Quick, world.Snapshots, "..old"u8, out _));
        NodeId folder = world.Lookup(".snapshots/..new").Node;
        byte[] name = TreeWorld.Bytes(Name(world, "a", ".qcow2").Split('/')[^1]);
        Assert.Equal(FsError.MustWait, world.Tree.Lookup(world.Quick, folder, name, out _));
        Assert.Equal(FsError.None, world.Tree.Lookup(world.Context, folder, name, out Entry entry));
        Assert.Equal(FsError.None, world.Tree.GetAttributes(world.Quick, entry.Node, null, out _, out _, out _));
        Assert.Equal(FsError.MustWait, world.Tree.Open(world.Quick, entry.Node, OpenIntent.Read, out _));
        ulong handle = world.Open(entry.Node);
        Assert.Equal(FsError.None, world.Tree.Read(world.Quick, entry.Node, handle, 0, new byte[10], out _));
    }

    [Fact]
    public void An_image_that_is_lost_is_listed_and_gives_an_error_that_says_why()
    {
        using TreeWorld world = Cut(out _);
        NodeId before = world.Lookup(Name(world, "a", ".qcow2")).Node;
        ulong handle = world.Open(before);
        foreach (string name in new[] { "a", "d/b" })
        {
            Core.Snapshots.FileListEntry entry = world.Engine.Snapshots.FindHeld("new")!.Files.FindPath(TreeWorld.Bytes(name))!;
            world.Engine.LoseImage(world.Engine.Images.Find(entry.Image)!, "for a test");
        }
        Assert.Equal(FsError.Io, world.Tree.Read(world.Context, before, handle, 0, new byte[10], out _));
        foreach (string ending in new[] { ".qcow2", ".json" })
        {
            Entry lost = world.Lookup(Name(world, "d/b", ending));
            Assert.Equal(0, lost.Attributes.Size);
            Assert.Equal(FsError.Io, world.Tree.Open(world.Context, lost.Node, OpenIntent.Read, out _));
            Assert.Contains("for a test", State(world, lost.Node), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Odd_and_long_names_are_found_by_the_names_that_are_listed()
    {
        using var world = new TreeWorld();
        byte[][] names =
        [
            [.. "a b@..x"u8], [.. "new\nline"u8], [0xFF, 0xC3, (byte)'x'], [.. Enumerable.Repeat((byte)'n', 255)], [.. Enumerable.Repeat((byte)'n', 254)], [.. Enumerable.Repeat((byte)'n', 227)],
            [.. Enumerable.Repeat((byte)'n', 228)], [.. Enumerable.Repeat((byte)'n', 226)], [.. "a@20261122T031500.000Z.qcow2"u8], [.. "deleted.json"u8],
        ];
        foreach (byte[] name in names)
            Assert.Equal(FsError.None, world.Tree.Create(world.Context, NodeId.Root, name, 0x1A4, 0, OpenIntent.Write, out _, out _));
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "t"));
        NodeId folder = world.Lookup(".snapshots/s..t").Node;
        foreach (byte[] name in names)
        {
            foreach (byte[] file in new[] { Qcow2Names.Image(name, world.Engine.Snapshots.FindHeld("t")!.Time), Qcow2Names.Json(name, world.Engine.Snapshots.FindHeld("t")!.Time) })
            {
                Assert.True(file.Length <= 255);
                Assert.Equal(FsError.None, world.Tree.Lookup(world.Context, folder, file, out Entry entry));
                if (!file.AsSpan().EndsWith(".json"u8))
                    continue;
                DeltaDescription told = DeltaDescription.Read(world.Read(entry.Node, world.Open(entry.Node)));
                Assert.Equal(name, told.Path);
                Assert.Equal([.. "./"u8, .. Qcow2Names.Image(name, world.Engine.Snapshots.FindHeld("s")!.Time)], told.Backing!);
            }
        }
        Assert.Equal((names.Length * 2) + 3, world.List(folder).Count);
    }

    [Fact]
    public void A_folder_that_is_called_deleted_json_stays_one()
    {
        using var world = new TreeWorld();
        Assert.Equal(FsError.None, world.MakeDirectory(NodeId.Root, "deleted.json"));
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "s"));
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "t"));
        Assert.True(world.Lookup(".snapshots/s..t/deleted.json").Attributes.IsDirectory);
        Assert.True(world.Lookup(".snapshots/s..t/deleted.json~").Attributes.IsRegular);
        Assert.Equal([".", "..", "deleted.json", "deleted.json~"], world.List(world.Lookup(".snapshots/s..t").Node).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("..none", FsError.NotFound, "none")]
    [InlineData("none..new", FsError.NotFound, "none")]
    [InlineData("new..old", FsError.InvalidArgument, "after")]
    [InlineData("new..new", FsError.InvalidArgument, "both ends")]
    [InlineData("old...new", FsError.NotFound, null)]
    [InlineData("old..", FsError.NotFound, null)]
    public void A_name_that_is_no_delta_gives_a_clear_error(string name, FsError expected, string? told)
    {
        using TreeWorld world = Cut(out _);
        Assert.Equal(expected, world.TryLookup($".snapshots/{name}", out _));
        Assert.Equal(told is not null, world.Told.Any(t => t.Contains(told ?? name, StringComparison.Ordinal)));
    }

    /// <summary>`old` and `new` held; `a` (also `link`), `d/b`, a symbolic link; `gone` only in `old`.</summary>
    private static TreeWorld Cut(out NodeId delta)
    {
        var world = new TreeWorld();
        byte[] content = new byte[100_000];
        new Random(1).NextBytes(content);
        (NodeId node, ulong handle) = world.Create("a", content);
        Assert.Equal(FsError.None, world.Tree.Link(world.Context, node, NodeId.Root, "link"u8, out _));
        Assert.Equal(FsError.None, world.MakeDirectory(NodeId.Root, "d"));
        Assert.Equal(FsError.None, world.Tree.Create(world.Context, world.Lookup("d").Node, "b"u8, 0x1A4, 0, OpenIntent.Write, out _, out _));
        Assert.Equal(FsError.None, world.Tree.MakeSymlink(world.Context, NodeId.Root, "symlink"u8, "a"u8, out _));
        world.Create("gone", "x"u8);
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "old"));
        world.Write((node, handle), 5000, "changed"u8);
        Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "gone"u8));
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "new"));
        delta = world.Lookup(".snapshots/old..new").Node;
        DeletedImages told = DeletedImages.Read(world.Read(".snapshots/old..new/deleted.json"));
        Assert.Equal("gone", Encoding.UTF8.GetString(told.Images.Single().Path));
        return world;
    }

    private static string Name(TreeWorld world, string image, string ending) =>
        $".snapshots/old..new/{image}@{Qcow2Names.Time(world.Engine.Snapshots.FindHeld("new")!.Time)}{ending}";

    private static DeltaDescription Describe(TreeWorld world, string path) => DeltaDescription.Read(world.Read(path));

    private static string State(TreeWorld world, NodeId node)
    {
        byte[] value = new byte[1000];
        Assert.Equal(FsError.None, world.Tree.GetExtendedAttribute(world.Context, node, "user.vdfs.state"u8, value, out int length));
        return Encoding.UTF8.GetString(value, 0, length);
    }
}
