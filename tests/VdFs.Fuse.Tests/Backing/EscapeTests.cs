using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Backing;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Fuse.Tests.Backing;

/// <summary>Nothing leads out of the backing directory, and nothing into `.vdfs`.</summary>
public sealed class EscapeTests : BackingFixture
{
    private readonly TemporaryFolder outside = new();

    protected override void Close() => outside.Dispose();

    [Theory]
    [InlineData("link/secret")]
    [InlineData("link")]
    [InlineData("../etc/passwd")]
    [InlineData("folder/../../etc")]
    [InlineData("/etc/passwd")]
    public void Paths_do_not_leave(string path)
    {
        File.WriteAllText(outside["secret"], "secret");
        File.CreateSymbolicLink(Folder["link"], outside.Path);
        Directory.CreateDirectory(Folder["folder"]);
        List<TreeEntry> entries = [];
        Assert.NotEqual(FsError.None, Backing.ReadFolder(Bytes(path), entries));
        Assert.Empty(entries);
        if (path != "link")
        {
            Assert.NotEqual(FsError.None, Backing.Stat(Bytes(path), out _));
            Assert.NotEqual(FsError.None, Backing.Identify(Bytes(path), out _));
        }
    }

    [Fact]
    public void A_directory_that_is_swapped_for_a_link_leads_nowhere()
    {
        File.WriteAllText(outside["file"], "outside");
        Directory.CreateDirectory(Folder["real"]);
        File.WriteAllText(Folder["real/file"], "inside");
        File.CreateSymbolicLink(Folder["trap"], outside.Path);
        using CancellationTokenSource stop = new();
        Thread racer = new(() =>
        {
            // "real" is now the directory, now the link.
            while (!stop.IsCancellationRequested)
                _ = Backing.Rename(Root, Backing.Root, "real"u8, Backing.Root, "trap"u8, RenameMode.Exchange);
        });
        racer.Start();
        ulong forbidden = Inode(outside["file"]);
        int asDirectory = 0, asLink = 0;
        long end = Environment.TickCount64 + 30_000;
        while ((asDirectory < 300 || asLink < 300) && Environment.TickCount64 < end)
        {
            if (Backing.Stat("real/file"u8, out TreeEntry? entry) == FsError.None)
                Assert.NotEqual(forbidden, entry!.Attributes.Key.Inode);
            Ok(Backing.Lookup(Backing.Root, "real"u8, out BackingRef node, out FileAttributes attributes));
            FsError error = Backing.Lookup(node, "file"u8, out BackingRef below, out FileAttributes found);
            if (attributes.IsDirectory)
            {
                Assert.NotEqual(forbidden, found.Key.Inode);
                asDirectory++;
            }
            else
            {
                Assert.Equal(FsError.NotDirectory, error);
                asLink++;
            }
            Backing.Close(below);
            Backing.Close(node);
        }
        stop.Cancel();
        racer.Join();
        Assert.True(asDirectory > 0 && asLink > 0);
    }

    [Fact]
    public void A_filesystem_mounted_below_is_not_entered()
    {
        Ok(LinuxBackingDirectory.Open("/", out LinuxBackingDirectory? top));
        using (top)
        {
            Assert.Equal(FsError.CrossDevice, top!.Lookup(top.Root, "proc"u8, out _, out _));
            Assert.Equal(FsError.CrossDevice, top.Stat("proc/version"u8, out _));
            Assert.Equal(FsError.CrossDevice, top.ReadFolder("dev/shm"u8, new List<TreeEntry>()));
            List<TreeEntry> entries = [];
            Ok(top.ReadFolder(default, entries));
            Assert.DoesNotContain(entries, entry => entry.Name.AsSpan().SequenceEqual("proc"u8));
            Assert.Contains(entries, entry => entry.Name.AsSpan().SequenceEqual("etc"u8));
        }
    }

    [Fact]
    public void The_hidden_folder_cannot_be_reached_changed_or_listed()
    {
        Ok(Backing.OpenHidden(out LinuxStorage? storage));
        Ok(storage!.Open("catalog", StorageOpen.CreateNew, out IFile? file));
        file!.Dispose();
        storage.Dispose();
        CheckHidden(".vdfs");
    }

    [Fact]
    public void The_hidden_folder_stays_hidden_under_another_name()
    {
        Ok(Backing.OpenHidden(out LinuxStorage? storage));
        storage!.Dispose();
        Directory.Move(Folder[".vdfs"], Folder["renamed"]);
        CheckHidden("renamed");
        Directory.Move(Folder["renamed"], Folder[".vdfs"]);
    }

    [Fact]
    public void The_hidden_name_is_refused_while_it_is_not_there()
    {
        BackingRef root = Backing.Root;
        Write("file");
        BackingRef file = Find("file");
        Assert.Equal(FsError.NotFound, Backing.Lookup(root, ".vdfs"u8, out _, out _));
        Assert.Equal(FsError.NotPermitted, Backing.MakeDirectory(Root, root, ".vdfs"u8, 0x1ED, 0));
        Assert.Equal(FsError.NotPermitted, Backing.MakeNode(Root, root, ".vdfs"u8, 0x81A4, 0, 0));
        Assert.Equal(FsError.NotPermitted, Backing.MakeSymlink(Root, root, ".vdfs"u8, "x"u8));
        Assert.Equal(FsError.NotPermitted, Backing.Link(Root, file, root, ".vdfs"u8));
        Assert.Equal(FsError.NotPermitted, Backing.Create(Root, root, ".vdfs"u8, 0x1A4, 0, out _, out _, out _));
        Assert.Equal(FsError.NotPermitted, Backing.Rename(Root, root, "file"u8, root, ".vdfs"u8, RenameMode.Replace));
        Backing.Close(file);
    }

    [Fact]
    public void Elsewhere_the_name_is_like_any_other()
    {
        Directory.CreateDirectory(Folder["folder"]);
        BackingRef folder = Find("folder");
        Ok(Backing.MakeDirectory(Root, folder, ".vdfs"u8, 0x1ED, 0));
        Backing.Close(Find("folder/.vdfs"));
        Ok(Backing.RemoveDirectory(Root, folder, ".vdfs"u8));
        Backing.Close(folder);
    }

    private void CheckHidden(string name)
    {
        BackingRef root = Backing.Root;
        Assert.Equal(FsError.NotFound, Backing.Lookup(root, Bytes(name), out _, out _));
        Assert.Equal(FsError.NotPermitted, Backing.RemoveDirectory(Root, root, Bytes(name)));
        Assert.Equal(FsError.NotPermitted, Backing.Rename(Root, root, Bytes(name), root, "other"u8, RenameMode.Replace));
        Directory.CreateDirectory(Folder["other"]);
        Assert.Equal(FsError.NotPermitted, Backing.Rename(Root, root, "other"u8, root, Bytes(name), RenameMode.Exchange));
        Assert.Equal(FsError.NotFound, Backing.Stat(Bytes(name), out _));
        Assert.Equal(FsError.NotFound, Backing.ReadFolder(Bytes(name), new List<TreeEntry>()));
        List<TreeEntry> entries = [];
        Ok(Backing.ReadFolder(default, entries));
        Assert.Equal("other"u8, Assert.Single(entries).Name);
        Ok(Backing.OpenDirectory(root, out IBackingFolder? folder));
        using (folder)
            Assert.Equal([".", "..", "other"], FolderTests.List(folder!).Order(StringComparer.Ordinal));
        Assert.True(Directory.Exists(Folder[name]));
    }

    private static ulong Inode(string path)
    {
        Ok(LinuxBackingDirectory.Open(Path.GetDirectoryName(path)!, out LinuxBackingDirectory? directory));
        using (directory)
        {
            Ok(directory!.Identify(Bytes(Path.GetFileName(path)), out ImageIdentity? identity));
            return identity!.Inode;
        }
    }
}
