using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tests.Tree;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Tests.Nodes;

/// <summary>However many files the kernel knows or clients have open, a few descriptors do, and each node stays its file.</summary>
public sealed class IdleNodeTests : IDisposable
{
    private const int Most = 6;
    private const int Files = 60;
    private readonly KeptFiles kept = new();
    private readonly IdleDescriptors pool = new(Most);
    private readonly TreeWorld world;

    public IdleNodeTests() => world = new TreeWorld(new TreeOptions { Keeper = kept, Descriptors = pool });

    public void Dispose()
    {
        world.Dispose();
        kept.Dispose();
    }

    [Fact]
    public void Open_files_are_written_and_read_as_if_all_of_them_had_a_descriptor()
    {
        (NodeId Node, ulong Handle)[] files = [.. Enumerable.Range(0, Files).Select(i => world.Create($"f{i}", Content(i)))];
        Assert.InRange(Descriptors(), 1, Most + 2);
        for (int i = 0; i < Files; i++)
            world.Write(files[i], 10, Content(i));
        for (int i = 0; i < Files; i++)
        {
            Assert.Equal([.. Content(i), .. Content(i)], world.Read(files[i].Node, files[i].Handle));
            Assert.Equal([.. Content(i), .. Content(i)], world.Read($"f{i}"));
        }
        Assert.InRange(Descriptors(), 1, Most + 2);
        world.Restart();
        for (int i = 0; i < Files; i++)
            world.Write(files[i], 20, Content(i));
        Assert.InRange(Descriptors(), 1, Most + 2);
    }

    [Fact]
    public void A_file_that_was_renamed_or_has_lost_its_name_is_found_again()
    {
        Assert.Equal(FsError.None, world.MakeDirectory(NodeId.Root, "d"));
        (NodeId Node, ulong Handle) renamed = world.Create("renamed", "renamed"u8);
        (NodeId Node, ulong Handle) moved = world.Create("moved", "moved by others"u8);
        (NodeId Node, ulong Handle) deleted = world.Create("deleted", "deleted"u8);
        (NodeId Node, ulong Handle) linked = world.Create("linked", "linked"u8);
        NodeId folder = world.Lookup("d").Node;
        Assert.Equal(FsError.None, world.Tree.Rename(world.Context, NodeId.Root, "renamed"u8, folder, "new"u8, RenameMode.Replace));
        Assert.Equal(FsError.None, world.Tree.Link(world.Context, linked.Node, folder, "second"u8, out _));
        Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "linked"u8));
        Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "deleted"u8));
        Assert.Equal(1, kept.Count);
        File.Move(world.Folder + "/moved", world.Folder + "/d/moved");
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < Files; i++)
                Close(world.Create($"f{round}.{i}"));
            Assert.Equal("renamed"u8.ToArray(), world.Read(renamed.Node, renamed.Handle));
            Assert.Equal("moved by others"u8.ToArray(), world.Read(moved.Node, moved.Handle));
            Assert.Equal("deleted"u8.ToArray(), world.Read(deleted.Node, deleted.Handle));
            Assert.Equal("linked"u8.ToArray(), world.Read(linked.Node, linked.Handle));
            Assert.Equal(FsError.None, world.Tree.GetAttributes(world.Context, folder, null, out _, out _, out _));
            world.Restart();
        }
    }

    [Fact]
    public void A_file_that_is_gone_is_stale_and_no_other()
    {
        (NodeId Node, ulong Handle) file = world.Create("gone", "gone"u8);
        world.Tree.Release(world.Context, file.Node, file.Handle);
        for (int i = 0; i < Files; i++)
            Close(world.Create($"f{i}"));
        File.Delete(world.Folder + "/gone");
        File.WriteAllText(world.Folder + "/gone", "another");
        Assert.Equal(FsError.Stale, world.Tree.Open(world.Context, file.Node, OpenIntent.Read, out _));
        Assert.NotEqual(file.Node, world.Lookup("gone").Node);
    }

    [Fact]
    public void The_last_but_one_of_several_names_needs_nobody_to_hold_the_file()
    {
        (NodeId Node, ulong Handle) file = world.Create("a", "content"u8);
        Assert.Equal(FsError.None, world.Tree.Link(world.Context, file.Node, NodeId.Root, "b"u8, out _));
        Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "a"u8));
        Assert.Equal(0, kept.Count);
        world.Restart();
        Assert.Equal("content"u8.ToArray(), world.Read(file.Node, file.Handle));
        Assert.Equal(FsError.None, world.Tree.Unlink(world.Context, NodeId.Root, "b"u8));
        Assert.Equal(1, kept.Count);
        world.Restart();
        Assert.Equal("content"u8.ToArray(), world.Read(file.Node, file.Handle));
    }

    private void Close((NodeId Node, ulong Handle) file) => world.Tree.Release(world.Context, file.Node, file.Handle);

    private static byte[] Content(int i) => TreeWorld.Bytes($"{i:d10}");

    /// <summary>Of files below the backing directory.</summary>
    private int Descriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(f => Target(f).StartsWith(world.Folder + "/f", StringComparison.Ordinal));

    private static string Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
