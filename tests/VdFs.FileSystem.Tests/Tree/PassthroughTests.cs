using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Tests.Tree;

/// <summary>Which opens the kernel serves by itself: its rules, kept over failures and workers' deaths. With another mode or id than the node's, it would answer an open with EIO.</summary>
public sealed class PassthroughTests : IDisposable
{
    private readonly FakePassthrough kernel = new();
    private TreeWorld world;

    public PassthroughTests() => world = New(readOnly: true);

    public void Dispose() => world.Dispose();

    [Fact]
    public void All_opens_of_a_file_have_one_id_which_ends_with_the_last()
    {
        NodeId node = world.Lookup("disk").Node;
        OpenResult[] opens = [Open(node), Open(node), Open(node)];
        Assert.All(opens, o => Assert.Equal(1, o.BackingId));
        Assert.Equal(2, Open(world.Lookup("other").Node).BackingId);
        foreach (OpenResult one in opens)
        {
            Assert.DoesNotContain(1, kernel.Closed);
            world.Tree.Release(world.Context, node, one.Handle);
        }
        Assert.Equal([1], kernel.Closed);
        // A release that comes twice takes nothing from others.
        OpenResult again = Open(node);
        world.Tree.Release(world.Context, node, opens[0].Handle);
        Assert.Equal((3, 3), (again.BackingId, Open(node).BackingId));
        Assert.Equal([1], kernel.Closed);
    }

    [Fact]
    public void While_a_file_is_open_that_the_kernel_did_not_take_all_its_opens_come_to_the_daemon()
    {
        NodeId node = world.Lookup("disk").Node;
        kernel.Refuses = true;
        OpenResult first = Open(node);
        kernel.Refuses = false;
        OpenResult second = Open(node);
        Assert.Equal((0, 0), (first.BackingId, second.BackingId));
        Assert.Equal("content"u8.ToArray(), world.Read(node, second.Handle));
        world.Tree.Release(world.Context, node, first.Handle);
        Assert.Equal(0, Open(node, out OpenResult third).BackingId);
        world.Tree.Release(world.Context, node, second.Handle);
        world.Tree.Release(world.Context, node, third.Handle);
        Assert.Equal(1, Open(node).BackingId);
        Assert.Empty(kernel.Closed);
    }

    [Fact]
    public void A_later_worker_uses_the_same_id_until_the_last_release_and_closes_it_then()
    {
        NodeId node = world.Lookup("disk").Node;
        OpenResult former = Open(node);
        world.Restart();
        OpenResult later = Open(node);
        Assert.Equal((1, 1), (former.BackingId, later.BackingId));
        Assert.Equal("content"u8.ToArray(), world.Read(node, former.Handle));
        world.Restart();
        world.Tree.Release(world.Context, node, former.Handle);
        Assert.Empty(kernel.Closed);
        world.Tree.Release(world.Context, node, later.Handle);
        Assert.Equal([1], kernel.Closed);
        Assert.Equal(2, Open(node).BackingId);
    }

    [Fact]
    public void A_later_worker_knows_which_files_the_kernel_did_not_take()
    {
        NodeId node = world.Lookup("disk").Node;
        kernel.Refuses = true;
        OpenResult former = Open(node);
        kernel.Refuses = false;
        world.Restart();
        Assert.Equal(0, Open(node, out OpenResult later).BackingId);
        world.Tree.Release(world.Context, node, former.Handle);
        world.Tree.Release(world.Context, node, later.Handle);
        Assert.Equal(1, Open(node).BackingId);
    }

    [Fact]
    public void Direct_opens_come_to_the_daemon_where_the_backing_filesystem_has_none()
    {
        NodeId node = world.Lookup("disk").Node;
        kernel.HasDirect = false;
        Assert.Equal((1, true), Answer(Open(node, OpenIntent.Read | OpenIntent.Direct)));
        kernel.HasDirect = true;
        Assert.Equal((1, false), Answer(Open(node, OpenIntent.Read | OpenIntent.Direct)));
        Assert.Equal((1, false), Answer(Open(node)));
    }

    [Fact]
    public void Nobody_opens_for_writing_beside_who_reads_past_the_daemon()
    {
        NodeId node = world.Lookup("disk").Node;
        Open(node);
        foreach (OpenIntent intent in (OpenIntent[])[OpenIntent.Write, OpenIntent.Read | OpenIntent.Write, OpenIntent.Read | OpenIntent.Truncate])
            Assert.Equal(FsError.ReadOnly, world.Tree.Open(world.Context, node, intent, out _));
        Assert.Equal(FsError.ReadOnly, world.Tree.Create(world.Context, NodeId.Root, "new"u8, 0x1A4, 0, OpenIntent.Write, out _, out _));
        Assert.Equal(FsError.ReadOnly, world.Tree.CreateUnnamed(world.Context, NodeId.Root, 0x1A4, 0, OpenIntent.Write, out _, out _));
        Assert.False(File.Exists(Path.Combine(world.Folder, "new")));
    }

    [Fact]
    public void Where_images_are_written_nothing_is_read_past_the_daemon_and_views_never_are()
    {
        world.Dispose();
        world = New(readOnly: false);
        Assert.Equal(0, Open(world.Lookup("disk").Node).BackingId);
        Assert.Equal(FsError.None, world.MakeDirectory(world.Snapshots, "a"));
        OpenResult view = Open(world.Lookup(".snapshots/a/disk").Node);
        Assert.Equal((0, true), (view.BackingId, view.KeepCache));
    }

    private TreeWorld New(bool readOnly)
    {
        var made = new TreeWorld(new TreeOptions { ReadOnly = readOnly, Passthrough = kernel });
        File.WriteAllText(Path.Combine(made.Folder, "disk"), "content");
        File.WriteAllText(Path.Combine(made.Folder, "other"), "else");
        return made;
    }

    private OpenResult Open(NodeId node, OpenIntent intent = OpenIntent.Read)
    {
        Assert.Equal(FsError.None, world.Tree.Open(world.Context, node, intent, out OpenResult opened));
        return opened;
    }

    private OpenResult Open(NodeId node, out OpenResult opened) => opened = Open(node);

    private static (int BackingId, bool Direct) Answer(OpenResult opened) => (opened.BackingId, opened.Direct);

    private sealed class FakePassthrough : IPassthrough
    {
        private int last;

        public bool Refuses { get; set; }

        public bool HasDirect { get; set; }

        public List<int> Closed { get; } = [];

        public int Open(IBackingFile file) => Refuses ? 0 : ++last;

        public void Close(int backingId) => Closed.Add(backingId);

        public bool TakesDirect(IBackingFile file) => HasDirect;
    }
}
