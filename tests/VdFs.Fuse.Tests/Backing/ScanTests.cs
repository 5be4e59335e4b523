using System.Diagnostics;
using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Backing;
using VdFs.Fuse.Native;
using VdFs.Fuse.Tests.Native;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Fuse.Tests.Backing;

public sealed class ScanTests : BackingFixture
{
    [RootFact]
    public void Everything_that_a_cut_keeps_is_read()
    {
        Directory.CreateDirectory(Folder["web"]);
        Write("web/disk.img", "12345");
        File.CreateSymbolicLink(Folder["web/link"], "../some/where");
        BackingRef disk = Find("web/disk.img"), link = Find("web/link");
        Ok(Backing.SetExtendedAttribute(Root, disk, "user.note"u8, "text"u8, ExtendedAttributeMode.Create));
        Ok(Backing.SetExtendedAttribute(Root, disk, "trusted.other"u8, default, ExtendedAttributeMode.Create));
        Ok(Backing.SetExtendedAttribute(Root, link, "trusted.link"u8, "l"u8, ExtendedAttributeMode.Create));
        Backing.Close(disk);
        Backing.Close(link);
        List<TreeEntry> entries = [];
        Ok(Backing.ReadFolder("web"u8, entries));
        Assert.Equal(2, entries.Count);
        TreeEntry file = entries.Single(entry => entry.Attributes.IsRegular);
        Assert.Equal("disk.img"u8, file.Name);
        Assert.Equal(AttributesOf("web/disk.img"), file.Attributes);
        Assert.Null(file.SymlinkTarget);
        Assert.Equal([("trusted.other", ""), ("user.note", "text")], Pairs(file));
        TreeEntry symlink = entries.Single(entry => entry.Attributes.IsSymlink);
        Assert.Equal("../some/where"u8, symlink.SymlinkTarget!);
        Assert.Equal([("trusted.link", "l")], Pairs(symlink));
    }

    [Fact]
    public void One_entry_is_read_like_the_same_in_its_folder()
    {
        Write("disk.img");
        File.CreateSymbolicLink(Folder["link"], "disk.img");
        BackingRef node = Find("disk.img");
        Ok(Backing.SetExtendedAttribute(Root, node, "user.note"u8, "text"u8, ExtendedAttributeMode.Create));
        Backing.Close(node);
        List<TreeEntry> entries = [];
        Ok(Backing.ReadFolder(default, entries));
        foreach (TreeEntry expected in entries)
        {
            Ok(Backing.Stat(expected.Name, out TreeEntry? entry));
            Assert.Equal(expected.Name, entry!.Name);
            // Reading a link's target counts as an access to it.
            Assert.Equal(expected.Attributes with { AccessTime = default }, entry.Attributes with { AccessTime = default });
            Assert.Equal(expected.SymlinkTarget, entry.SymlinkTarget);
            Assert.Equal(Pairs(expected), Pairs(entry));
        }
        Ok(Backing.Stat(default, out TreeEntry? root));
        Assert.Empty(root!.Name);
        Assert.True(root.Attributes.IsDirectory);
        Assert.Null(root.ExtendedAttributes);
    }

    [Fact]
    public void What_is_not_there_or_no_folder_says_so()
    {
        Write("file");
        Assert.Equal(FsError.NotFound, Backing.Stat("none"u8, out TreeEntry? entry));
        Assert.Null(entry);
        Assert.Equal(FsError.NotDirectory, Backing.Stat("file/below"u8, out _));
        Assert.Equal(FsError.NotDirectory, Backing.ReadFolder("file"u8, new List<TreeEntry>()));
        Assert.Equal(FsError.NotFound, Backing.ReadFolder("none"u8, new List<TreeEntry>()));
    }

    [Fact]
    public void Access_control_lists_are_kept()
    {
        Write("disk.img");
        using (Process process = Process.Start("setfacl", ["-m", "u:1001:r", Folder["disk.img"]]))
            process.WaitForExit();
        Ok(Backing.Stat("disk.img"u8, out TreeEntry? entry));
        // XFS shows it a second time, in its own form.
        Assert.Contains("system.posix_acl_access", Pairs(entry!).Select(pair => pair.Name));
    }

    [RootFact]
    public void Extended_attributes_beyond_64_KiB_are_left_out()
    {
        using TemporaryFolder folder = new("/dev/shm");
        Ok(LinuxBackingDirectory.Open(folder.Path, out LinuxBackingDirectory? directory));
        using (directory)
        {
            Ok(directory!.MakeNode(Root, directory.Root, "disk.img"u8, 0x81A4, 0, 0));
            Ok(directory.Lookup(directory.Root, "disk.img"u8, out BackingRef node, out _));
            foreach (string name in new[] { "trusted.a", "trusted.b", "trusted.c" })
                Ok(directory.SetExtendedAttribute(Root, node, Bytes(name), new byte[30_000], ExtendedAttributeMode.Create));
            directory.Close(node);
            Ok(directory.Stat("disk.img"u8, out TreeEntry? entry));
            Assert.Equal(2, entry!.ExtendedAttributes!.Count);
        }
    }

    [Fact]
    public void Names_are_bytes()
    {
        byte[] name = [0xFF, 0x80, (byte)'\n', 0xC3];
        Ok(Backing.MakeNode(Root, Backing.Root, name, 0x81A4, 0, 0));
        List<TreeEntry> entries = [];
        Ok(Backing.ReadFolder(default, entries));
        Assert.Equal(name, Assert.Single(entries).Name);
        Ok(Backing.Stat(name, out _));
    }

    [RootFact]
    public void A_directory_opened_before_a_mount_over_it_stays_the_one_below()
    {
        Write("disk.img");
        using Process mount = Process.Start("mount", ["-t", "tmpfs", "none", Folder.Path]);
        mount.WaitForExit();
        Assert.Equal(0, mount.ExitCode);
        try
        {
            Assert.False(File.Exists(Folder["disk.img"]));
            Ok(Backing.Stat("disk.img"u8, out _));
            Backing.Close(Find("disk.img"));
            Ok(Backing.OpenDirectory(Backing.Root, out IBackingFolder? folder));
            using (folder)
                Assert.Contains("disk.img", FolderTests.List(folder!));
            Ok(Backing.Identify("disk.img"u8, out VdFs.Core.Images.ImageIdentity? identity));
            Ok(Backing.OpenImage(new(1), identity!, default, out IBackingFile? file));
            Assert.Equal("content", ReadAll(file!));
            file!.Dispose();
        }
        finally
        {
            using Process unmount = Process.Start("umount", [Folder.Path]);
            unmount.WaitForExit();
        }
    }

    [Fact]
    public unsafe void A_descriptor_that_was_handed_over_serves_as_well()
    {
        Write("disk.img");
        int descriptor = Libc.fcntl((int)Backing.Root.Value, Libc.F_DUPFD_CLOEXEC, 0);
        Ok(LinuxBackingDirectory.FromDescriptor(descriptor, out LinuxBackingDirectory? adopted));
        using (adopted)
            Ok(adopted!.Stat("disk.img"u8, out _));
        Assert.Equal(FsError.BadHandle, LinuxBackingDirectory.FromDescriptor(descriptor, out _));
    }

    [Fact]
    public void What_cannot_be_a_backing_directory_says_why()
    {
        Assert.Equal(FsError.NotFound, LinuxBackingDirectory.Open(Folder["none"], out _));
        Write("file");
        Assert.Equal(FsError.NotDirectory, LinuxBackingDirectory.Open(Folder["file"], out _));
        File.CreateSymbolicLink(Folder[".vdfs"], "/etc");
        Assert.Equal(FsError.NotDirectory, LinuxBackingDirectory.Open(Folder.Path, out LinuxBackingDirectory? directory));
        Assert.Null(directory);
    }

    [Fact]
    public void Nothing_leaks_a_descriptor()
    {
        Directory.CreateDirectory(Folder["a/b"]);
        Write("a/b/disk.img");
        Ok(Backing.Identify("a/b/disk.img"u8, out VdFs.Core.Images.ImageIdentity? identity));
        Ok(Backing.OpenHidden(out LinuxStorage? storage));
        storage!.Dispose();
        int before = DescriptorsBelow();
        for (int i = 0; i < 3; i++)
        {
            Ok(Backing.OpenByName(new(1), identity!, default, out IBackingFile? file));
            file!.Dispose();
            Ok(Backing.OpenImage(new(1), identity!, default, out file));
            file!.Dispose();
            Assert.Equal(FsError.Stale, Backing.OpenImage(new(1), identity! with { Inode = 1, Handle = [1], HandleType = 1 }, "a/b/disk.img"u8, out _));
            Ok(Backing.Retain(Backing.Root, "x"u8, default, new(7)) == FsError.Stale ? FsError.None : FsError.Io);
            Ok(Backing.Create(Root, Backing.Root, "new"u8, 0x1A4, 0, out file, out BackingRef node, out _));
            file!.Dispose();
            Backing.Close(node);
            Assert.Equal(FsError.AlreadyExists, Backing.Create(Root, Backing.Root, "new"u8, 0x1A4, 0, out _, out _, out _));
            Ok(Backing.Unlink(Root, Backing.Root, "new"u8));
            Assert.Equal(FsError.NotDirectory, Backing.ReadFolder("a/b/disk.img"u8, new List<TreeEntry>()));
            Ok(Backing.ReadFolder("a/b"u8, new List<TreeEntry>()));
            Ok(Backing.ListRetained(new List<VdFs.Core.Images.ImageId>()));
            Ok(Backing.DropRetained(new(7)));
        }
        Assert.Equal(before, DescriptorsBelow());
    }

    /// <summary>Counts this process's descriptors of the test's own files, since other tests open theirs meanwhile.</summary>
    private int DescriptorsBelow() => Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Count(path => new FileInfo(path).LinkTarget?.StartsWith(Folder.Path, StringComparison.Ordinal) == true);

    private static IEnumerable<(string Name, string Value)> Pairs(TreeEntry entry) =>
        (entry.ExtendedAttributes ?? []).Select(pair => (System.Text.Encoding.ASCII.GetString(pair.Name), System.Text.Encoding.ASCII.GetString(pair.Value)))
            .OrderBy(pair => pair.Item1, StringComparer.Ordinal);
}
