using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Tests.Native;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Fuse.Tests.Backing;

public sealed class NameTests : BackingFixture
{
    [Fact]
    public void A_created_file_can_be_written_read_and_found()
    {
        Ok(Backing.Create(Root, Backing.Root, "disk.img"u8, 0x1A4, 0, out IBackingFile? file, out BackingRef node, out FileAttributes attributes));
        using (file)
        {
            Ok(file!.Write(3, "abc"u8, out int written));
            Assert.Equal(3, written);
            Assert.Equal("\0\0\0abc", ReadAll(file));
        }
        Assert.True(attributes.IsRegular);
        Assert.Equal(0x1A4u, attributes.Mode & 0xFFF);
        Assert.Equal(attributes.Key, AttributesOf("disk.img").Key);
        Backing.Close(node);
    }

    [Fact]
    public void A_reference_stays_with_its_file_through_a_rename()
    {
        Write("a");
        BackingRef node = Find("a");
        File.Move(Folder["a"], Folder["b"]);
        Write("a", "another");
        Ok(Backing.Open(node, OpenIntent.Write, out IBackingFile? file));
        using (file)
            Assert.Equal("content", ReadAll(file!));
        Backing.Close(node);
    }

    [Fact]
    public void Create_is_exclusive()
    {
        Write("a");
        Assert.Equal(FsError.AlreadyExists, Backing.Create(Root, Backing.Root, "a"u8, 0x1A4, 0, out _, out _, out _));
        Assert.Equal(FsError.AlreadyExists, Backing.MakeNode(Root, Backing.Root, "a"u8, 0x81A4, 0, 0));
    }

    [Theory]
    [InlineData("", FsError.InvalidArgument)]
    [InlineData(".", FsError.InvalidArgument)]
    [InlineData("..", FsError.InvalidArgument)]
    [InlineData("a/b", FsError.InvalidArgument)]
    [InlineData("a\0b", FsError.InvalidArgument)]
    public void What_is_not_one_component_is_refused_everywhere(string name, FsError expected)
    {
        byte[] bytes = Bytes(name);
        Write("file");
        BackingRef node = Find("file");
        BackingRef root = Backing.Root;
        Assert.Equal(expected, Backing.Lookup(root, bytes, out _, out _));
        Assert.Equal(expected, Backing.MakeNode(Root, root, bytes, 0x81A4, 0, 0));
        Assert.Equal(expected, Backing.MakeDirectory(Root, root, bytes, 0x1ED, 0));
        Assert.Equal(expected, Backing.MakeSymlink(Root, root, bytes, "x"u8));
        Assert.Equal(expected, Backing.Link(Root, node, root, bytes));
        Assert.Equal(expected, Backing.Unlink(Root, root, bytes));
        Assert.Equal(expected, Backing.RemoveDirectory(Root, root, bytes));
        Assert.Equal(expected, Backing.Rename(Root, root, bytes, root, "x"u8, RenameMode.Replace));
        Assert.Equal(expected, Backing.Rename(Root, root, "file"u8, root, bytes, RenameMode.Replace));
        Assert.Equal(expected, Backing.Create(Root, root, bytes, 0x1A4, 0, out _, out _, out _));
        Backing.Close(node);
    }

    [Fact]
    public void Names_go_up_to_255_bytes()
    {
        byte[] longest = Bytes(new string('n', 255));
        Ok(Backing.MakeDirectory(Root, Backing.Root, longest, 0x1ED, 0));
        Ok(Backing.RemoveDirectory(Root, Backing.Root, longest));
        Assert.Equal(FsError.NameTooLong, Backing.Lookup(Backing.Root, Bytes(new string('n', 256)), out _, out _));
        Assert.Equal(FsError.NameTooLong, Backing.MakeDirectory(Root, Backing.Root, Bytes(new string('n', 256)), 0x1ED, 0));
    }

    [RootFact]
    public void Directories_symlinks_links_and_nodes_are_made_and_removed()
    {
        Ok(Backing.MakeDirectory(Root, Backing.Root, "folder"u8, 0x1ED, 0));
        BackingRef folder = Find("folder");
        Ok(Backing.MakeSymlink(Root, folder, "link"u8, "../else/where"u8));
        Ok(Backing.MakeNode(Root, folder, "file"u8, 0x81A4, 0, 0));
        Ok(Backing.MakeNode(Root, folder, "pipe"u8, FileAttributes.TypeFifo | 0x1A4, 0, 0));
        Ok(Backing.MakeNode(Root, folder, "null"u8, FileAttributes.TypeCharacterDevice | 0x1A4, 0, 0x103));
        Assert.Equal(0x103u, AttributesOf("folder/null").RawDevice);
        Assert.Equal(FileAttributes.TypeFifo, AttributesOf("folder/pipe").Mode & FileAttributes.TypeMask);

        BackingRef link = Find("folder/link");
        byte[] target = new byte[4096];
        Ok(Backing.ReadLink(link, target, out int length));
        Assert.Equal("../else/where"u8, target.AsSpan(0, length));
        Ok(Backing.Link(Root, link, Backing.Root, "same-link"u8));
        Assert.Equal(2u, AttributesOf("same-link").Links);
        Backing.Close(link);

        BackingRef file = Find("folder/file");
        Assert.Equal(FsError.InvalidArgument, Backing.ReadLink(file, target, out _));
        Ok(Backing.Link(Root, file, Backing.Root, "second"u8));
        Assert.Equal(AttributesOf("folder/file").Key, AttributesOf("second").Key);
        Backing.Close(file);

        Assert.Equal(FsError.DirectoryNotEmpty, Backing.RemoveDirectory(Root, Backing.Root, "folder"u8));
        Assert.Equal(FsError.IsDirectory, Backing.Unlink(Root, Backing.Root, "folder"u8));
        foreach (string name in new[] { "link", "file", "pipe", "null" })
            Ok(Backing.Unlink(Root, folder, Bytes(name)));
        Ok(Backing.RemoveDirectory(Root, Backing.Root, "folder"u8));
        Assert.Equal(FsError.NotFound, TryFind("folder"));
        Backing.Close(folder);
    }

    [Fact]
    public void Rename_in_all_modes()
    {
        Write("a", "A");
        Write("b", "B");
        BackingRef root = Backing.Root;
        Assert.Equal(FsError.AlreadyExists, Backing.Rename(Root, root, "a"u8, root, "b"u8, RenameMode.NoReplace));
        Ok(Backing.Rename(Root, root, "a"u8, root, "b"u8, RenameMode.Exchange));
        Assert.Equal("A", File.ReadAllText(Folder["b"]));
        Ok(Backing.Rename(Root, root, "a"u8, root, "b"u8, RenameMode.Replace));
        Assert.Equal("B", File.ReadAllText(Folder["b"]));
        Ok(Backing.Rename(Root, root, "b"u8, root, "c"u8, RenameMode.Whiteout));
        Assert.Equal(FileAttributes.TypeCharacterDevice, AttributesOf("b").Mode & FileAttributes.TypeMask);
        Assert.Equal(FsError.NotFound, Backing.Rename(Root, root, "none"u8, root, "d"u8, RenameMode.Replace));
    }

    [Fact]
    public void An_unnamed_file_can_be_given_a_name_unless_exclusive()
    {
        Ok(Backing.CreateUnnamed(Root, Backing.Root, 0x1A4, 0, exclusive: false, out IBackingFile? file, out BackingRef node, out FileAttributes attributes));
        Assert.Equal(0u, attributes.Links);
        Ok(file!.Write(0, "text"u8, out _));
        Ok(Backing.Link(Root, node, Backing.Root, "named"u8));
        Assert.Equal("text", File.ReadAllText(Folder["named"]));
        file.Dispose();
        Backing.Close(node);

        Ok(Backing.CreateUnnamed(Root, Backing.Root, 0x1A4, 0, exclusive: true, out file, out node, out _));
        Assert.Equal(FsError.NotFound, Backing.Link(Root, node, Backing.Root, "other"u8));
        file!.Dispose();
        Backing.Close(node);
    }

    [Fact]
    public void Only_regular_files_are_opened()
    {
        Ok(Backing.MakeNode(Root, Backing.Root, "pipe"u8, FileAttributes.TypeFifo | 0x1A4, 0, 0));
        File.CreateSymbolicLink(Folder["link"], "/etc/passwd");
        Directory.CreateDirectory(Folder["folder"]);
        foreach ((string name, FsError expected) in new[] { ("pipe", FsError.InvalidArgument), ("link", FsError.SymlinkLoop), ("folder", FsError.IsDirectory) })
        {
            BackingRef node = Find(name);
            Assert.Equal(expected, Backing.Open(node, OpenIntent.Write, out _));
            Backing.Close(node);
        }
    }
}
