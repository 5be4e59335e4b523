using System.IO;
using VdFs.Core.Errors;
using VdFs.FileSystem.Journal;
using VdFs.FileSystem.Tests.Tree;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Tests.Journal;

/// <summary>
/// Each request that must not be done twice, whose worker died before it changed anything, after it did and before it wrote that down, and after that; and then
/// came again. The answer is that of a request that was done once, and so is what is there.
/// </summary>
public sealed class ResentRequestTests : IDisposable
{
    private const ulong Number = 1000;
    private readonly TreeWorld world = new();

    public void Dispose() => world.Dispose();

    /// <summary>Where the worker died.</summary>
    public enum Death
    {
        /// <summary>Written down what is there; nothing changed.</summary>
        BeforeTheChange,

        /// <summary>Changed; no outcome written.</summary>
        AfterTheChange,

        /// <summary>Outcome written; the answer not sent.</summary>
        BeforeTheAnswer,
    }

    public static TheoryData<Death> Deaths => [Death.BeforeTheChange, Death.AfterTheChange, Death.BeforeTheAnswer];

    [Theory]
    [MemberData(nameof(Deaths))]
    public void Directory_is_made_once(Death death)
    {
        FsError Make() => world.MakeDirectory(NodeId.Root, "d");
        Die(death, c => c.Request.Begin(JournalOperation.Make), () => Directory.CreateDirectory(At("d")), Make);
        Assert.Equal(FsError.None, Again(Make));
        Assert.True(world.Lookup("d").Attributes.IsDirectory);
    }

    [Fact]
    public void Directory_that_was_there_before_is_told_again()
    {
        Directory.CreateDirectory(At("d"));
        FsError Make() => world.MakeDirectory(NodeId.Root, "d");
        Start(again: false);
        Assert.Equal(FsError.AlreadyExists, Make());
        world.Restart();
        Assert.Equal(FsError.AlreadyExists, Again(Make));
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public void File_is_created_exclusively_once_and_open_afterwards(Death death)
    {
        OpenResult opened = default;
        Entry entry = default;
        FsError Create() => world.Tree.Create(
            world.Context, NodeId.Root, TreeWorld.Bytes("f"), 0x1A4, 0, OpenIntent.Read | OpenIntent.Write | OpenIntent.Exclusive, out entry, out opened);
        Die(death, c => c.Request.Begin(JournalOperation.Make), () => File.WriteAllBytes(At("f"), []), Create);
        Assert.Equal(FsError.None, Again(Create));
        world.Write((entry.Node, opened.Handle), 0, "written"u8);
        Assert.Equal("written", File.ReadAllText(At("f")));
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public void Symbolic_and_hard_links_and_nodes_are_made_once(Death death)
    {
        File.WriteAllText(At("file"), "x");
        FsError Symlink() => world.Tree.MakeSymlink(world.Context, NodeId.Root, TreeWorld.Bytes("s"), "to"u8, out _);
        Die(death, c => c.Request.Begin(JournalOperation.Make), () => File.CreateSymbolicLink(At("s"), "to"), Symlink);
        Assert.Equal(FsError.None, Again(Symlink));

        FsError Link() => world.Tree.Link(world.Context, world.Lookup("file").Node, NodeId.Root, TreeWorld.Bytes("l"), out _);
        Die(death, c => c.Request.Begin(JournalOperation.Make), () => TestKit.Processes.Tool.Run("ln", At("file"), At("l")).Checked(), Link);
        Assert.Equal(FsError.None, Again(Link));
        Assert.Equal(2u, world.Lookup("file").Attributes.Links);

        FsError Node() => world.Tree.MakeNode(world.Context, NodeId.Root, TreeWorld.Bytes("p"), 0x11A4, 0, 0, out _);
        Die(death, c => c.Request.Begin(JournalOperation.Make), () => TestKit.Processes.Tool.Run("mkfifo", At("p")).Checked(), Node);
        Assert.Equal(FsError.None, Again(Node));
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public void File_is_unlinked_once(Death death)
    {
        File.WriteAllText(At("f"), "x");
        var key = world.Lookup("f").Attributes.Key;
        FsError Unlink() => world.Tree.Unlink(world.Context, NodeId.Root, TreeWorld.Bytes("f"));
        Die(death, c => c.Request.Begin(JournalOperation.Remove, first: key), () => File.Delete(At("f")), Unlink);
        Assert.Equal(FsError.None, Again(Unlink));
        Assert.False(File.Exists(At("f")));
        // Another request for the same name is another matter.
        Start(again: false, Number + 1);
        Assert.Equal(FsError.NotFound, Unlink());
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public void Directory_is_removed_once(Death death)
    {
        Directory.CreateDirectory(At("d"));
        var key = world.Lookup("d").Attributes.Key;
        FsError Remove() => world.Tree.RemoveDirectory(world.Context, NodeId.Root, TreeWorld.Bytes("d"));
        Die(death, c => c.Request.Begin(JournalOperation.Remove, first: key), () => Directory.Delete(At("d")), Remove);
        Assert.Equal(FsError.None, Again(Remove));
        Assert.False(Directory.Exists(At("d")));
    }

    [Theory]
    [InlineData(Death.BeforeTheChange, RenameMode.Replace, true)]
    [InlineData(Death.AfterTheChange, RenameMode.Replace, true)]
    [InlineData(Death.BeforeTheAnswer, RenameMode.Replace, true)]
    [InlineData(Death.BeforeTheChange, RenameMode.NoReplace, false)]
    [InlineData(Death.AfterTheChange, RenameMode.NoReplace, false)]
    [InlineData(Death.BeforeTheAnswer, RenameMode.NoReplace, false)]
    [InlineData(Death.BeforeTheChange, RenameMode.Exchange, true)]
    [InlineData(Death.AfterTheChange, RenameMode.Exchange, true)]
    [InlineData(Death.BeforeTheAnswer, RenameMode.Exchange, true)]
    public void File_is_renamed_once_and_found_by_its_node_at_once(Death death, RenameMode mode, bool target)
    {
        File.WriteAllText(At("a"), "a");
        if (target)
            File.WriteAllText(At("b"), "b");
        Entry moved = world.Lookup("a");
        var displaced = target ? world.Lookup("b").Attributes.Key : default;
        FsError Rename() => world.Tree.Rename(world.Context, NodeId.Root, TreeWorld.Bytes("a"), NodeId.Root, TreeWorld.Bytes("b"), mode);
        Die(
            death,
            c => c.Request.BeginRename(moved.Attributes.Key, displaced, NodeId.Root.Value, "a"u8, NodeId.Root.Value, "b"u8),
            () =>
            {
                File.Move(At("a"), At("t"));
                if (mode == RenameMode.Exchange)
                    File.Move(At("b"), At("a"));
                File.Move(At("t"), At("b"), overwrite: true);
            },
            Rename);
        // Before the rename itself came again: requests for the open file may be ahead of it.
        Assert.Equal("a"u8, world.Read(moved.Node, world.Open(moved.Node)));
        Assert.Equal(FsError.None, Again(Rename));
        Assert.Equal("a", File.ReadAllText(At("b")));
        Assert.Equal(mode == RenameMode.Exchange, File.Exists(At("a")));
        Assert.Equal("a"u8, world.Read(moved.Node, world.Open(moved.Node)));
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public void Extended_attribute_is_added_and_removed_once(Death death)
    {
        File.WriteAllText(At("f"), "x");
        NodeId node = world.Lookup("f").Node;
        FsError Add() => world.Tree.SetExtendedAttribute(world.Context, node, "user.a"u8, "v"u8, ExtendedAttributeMode.Create, killSetGroupId: false);
        Die(death, c => c.Request.Begin(JournalOperation.AddAttribute), () => TestKit.Processes.Tool.Run("setfattr", "-n", "user.a", "-v", "v", At("f")).Checked(), Add);
        Assert.Equal(FsError.None, Again(Add));
        FsError Remove() => world.Tree.RemoveExtendedAttribute(world.Context, node, "user.a"u8);
        Die(
            death, c => c.Request.Begin(JournalOperation.RemoveAttribute, number: 1), () => TestKit.Processes.Tool.Run("setfattr", "-x", "user.a", At("f")).Checked(), Remove);
        Assert.Equal(FsError.None, Again(Remove));
    }

    [Fact]
    public void Truncation_that_was_done_is_not_done_again_over_what_was_written_since()
    {
        (NodeId node, ulong handle) = world.Create("f", "before"u8);
        FsError Truncate() => world.Tree.SetAttributes(world.Context, node, new AttributeChange { Fields = AttributeFields.Size, Size = 0 }, out _, out _, out _);
        Start(again: false);
        Assert.Equal(FsError.None, Truncate());
        world.Restart();
        Start(again: false, Number + 1);
        world.Write((node, handle), 0, "after"u8);
        Assert.Equal(FsError.None, Again(Truncate));
        Assert.Equal("after", File.ReadAllText(At("f")));
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public void Snapshot_is_cut_renamed_released_and_forgotten_once(Death death)
    {
        world.Create("f", "x"u8);
        NodeId folder = world.Snapshots;
        FsError Cut() => world.MakeDirectory(folder, "a");
        Die(death, c => c.Request.Begin(JournalOperation.Snapshot), () => Assert.True(world.Engine.Create("a").Succeeded), Cut);
        Assert.Equal(FsError.None, Again(Cut));
        long number = Assert.Single(world.Engine.Snapshots.All).Number;

        FsError Rename() => world.Tree.Rename(world.Context, folder, TreeWorld.Bytes("a"), folder, TreeWorld.Bytes("b"), RenameMode.Replace);
        Die(death, c => c.Request.Begin(JournalOperation.Snapshot, number: number), () => Assert.True(world.Engine.Rename("a", "b").Succeeded), Rename);
        Assert.Equal(FsError.None, Again(Rename));

        FsError Release() => world.Tree.RemoveDirectory(world.Context, folder, TreeWorld.Bytes("b"));
        Die(death, c => c.Request.Begin(JournalOperation.Snapshot, number: number), () => Assert.True(world.Engine.Release("b").Succeeded), Release);
        Assert.Equal(FsError.None, Again(Release));
        Assert.False(Assert.Single(world.Engine.Snapshots.All).Held);

        NodeId checkpoints = world.Lookup(".snapshots/.checkpoints").Node;
        FsError Forget() => world.Tree.RemoveDirectory(world.Context, checkpoints, TreeWorld.Bytes("b"));
        Die(death, c => c.Request.Begin(JournalOperation.Snapshot, number: number), () => Assert.True(world.Engine.ForgetCheckpoint("b").Succeeded), Forget);
        Assert.Equal(FsError.None, Again(Forget));
        Assert.Empty(world.Engine.Snapshots.All);
    }

    /// <summary>A first worker gets the request, and dies with it; another one opens what it left.</summary>
    private void Die(Death death, Action<OperationContext> note, Action change, Func<FsError> request)
    {
        Start(again: false);
        if (death == Death.BeforeTheAnswer)
        {
            Assert.Equal(FsError.None, request());
        }
        else
        {
            note(world.Context);
            if (death == Death.AfterTheChange)
                change();
        }
        world.Restart();
    }

    /// <summary>The request comes again, to a second worker, which answers it.</summary>
    private FsError Again(Func<FsError> request)
    {
        Start(again: true);
        FsError error = request();
        world.Context.Request.Answered();
        return error;
    }

    private void Start(bool again, ulong number = Number) => world.Context.Request.Start(number, again);

    private string At(string name) => Path.Combine(world.Folder, name);
}
