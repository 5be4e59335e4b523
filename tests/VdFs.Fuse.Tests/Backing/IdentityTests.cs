using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;

namespace VdFs.Fuse.Tests.Backing;

public class IdentityTests : BackingFixture
{
    private static readonly ImageId Id = new(0x1234_5678_9ABC_DEF0);

    public IdentityTests()
    {
    }

    protected IdentityTests(string above)
        : base(above)
    {
    }

    [Fact]
    public void The_identity_is_the_same_by_reference_by_path_and_after_a_rename()
    {
        Write("disk.img");
        ImageIdentity identity = IdentityOf("disk.img");
        BackingRef node = Find("disk.img");
        File.Move(Folder["disk.img"], Folder["renamed.img"]);
        Ok(Backing.Identify(node, out ImageIdentity? byReference));
        Backing.Close(node);
        Assert.Equal(identity, byReference);
        Assert.Equal(identity, IdentityOf("renamed.img"));
        Assert.NotEqual(0, identity.HandleType);
        Assert.NotEqual(default, identity.BirthTime);
        Assert.Equal(FsError.NotFound, Backing.Identify("disk.img"u8, out _));
    }

    [Fact]
    public void A_new_file_on_the_same_inode_number_is_another()
    {
        for (int tries = 0; tries < 100; tries++)
        {
            Write("disk.img");
            ImageIdentity former = IdentityOf("disk.img");
            File.Delete(Folder["disk.img"]);
            Write("disk.img");
            ImageIdentity next = IdentityOf("disk.img");
            Assert.NotEqual(former, next);
            Assert.Equal(FsError.Stale, Backing.OpenImage(Id, former, "disk.img"u8, out _));
            if (former.Inode == next.Inode)
                return;
            File.Delete(Folder["disk.img"]);
        }
        // Other filesystems don't use numbers again at once.
        Assert.NotEqual("ext4", new DriveInfo(Folder.Path).DriveFormat);
    }

    [Fact]
    public void An_image_is_found_wherever_it_was_moved()
    {
        Write("disk.img", "image");
        ImageIdentity identity = IdentityOf("disk.img");
        Directory.CreateDirectory(Folder["a/b"]);
        File.Move(Folder["disk.img"], Folder["a/b/moved.img"]);
        Write("disk.img", "impostor");
        CheckOpens(identity, "disk.img", "image");
    }

    [Theory]
    [InlineData("a/b/moved.img")]
    [InlineData("disk.img")]
    [InlineData("")]
    [InlineData("../outside")]
    [InlineData("a/none.img")]
    public void Without_a_handle_the_hint_and_then_a_search_find_it(string hint)
    {
        Write("disk.img", "image");
        ImageIdentity identity = IdentityOf("disk.img");
        Directory.CreateDirectory(Folder["a/b"]);
        File.Move(Folder["disk.img"], Folder["a/b/moved.img"]);
        Write("disk.img", "impostor");
        Ok(Backing.OpenByName(Id, identity, Bytes(hint), out IBackingFile? file));
        using (file)
            Assert.Equal("image", ReadAll(file!));
        FileKey key = AttributesOf("a/b/moved.img").Key;
        BackingRef folder = Find("a/b");
        Ok(Backing.Retain(folder, "moved.img"u8, key, Id));
        Backing.Close(folder);
        File.Delete(Folder["a/b/moved.img"]);
        Ok(Backing.OpenByName(Id, identity, Bytes(hint), out file));
        using (file)
            Assert.Equal("image", ReadAll(file!));
        Ok(Backing.DropRetained(Id));
        Assert.Equal(FsError.Stale, Backing.OpenByName(Id, identity, Bytes(hint), out file));
        Assert.Null(file);
    }

    [Fact]
    public void A_retained_image_outlives_its_name()
    {
        Write("disk.img", "image");
        ImageIdentity identity = IdentityOf("disk.img");
        FileKey key = AttributesOf("disk.img").Key;
        Ok(Backing.Retain(Backing.Root, "disk.img"u8, key, Id));
        Ok(Backing.Retain(Backing.Root, "disk.img"u8, key, Id));
        File.Delete(Folder["disk.img"]);
        Write("disk.img", "new");
        CheckOpens(identity, "disk.img", "image");
        List<ImageId> ids = [];
        Ok(Backing.ListRetained(ids));
        Assert.Equal([Id], ids);
        Assert.True(File.Exists(Folder[".vdfs/retained/123456789abcdef0"]));
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(Folder[".vdfs/retained"]));
        Ok(Backing.DropRetained(Id));
        Ok(Backing.DropRetained(Id));
        Assert.Equal(FsError.Stale, Backing.OpenImage(Id, identity, "disk.img"u8, out _));
    }

    [Fact]
    public void Another_file_under_the_name_is_not_retained()
    {
        Write("disk.img");
        Write("other.img");
        FileKey other = AttributesOf("other.img").Key;
        Assert.Equal(FsError.Stale, Backing.Retain(Backing.Root, "disk.img"u8, other, Id));
        Assert.Equal(FsError.Stale, Backing.Retain(Backing.Root, "none.img"u8, other, Id));
        Assert.Equal(1u, AttributesOf("disk.img").Links);
        List<ImageId> ids = [];
        Ok(Backing.ListRetained(ids));
        Assert.Empty(ids);
        // An id that is taken by another image stays with it.
        Ok(Backing.Retain(Backing.Root, "other.img"u8, other, Id));
        Assert.Equal(FsError.Stale, Backing.Retain(Backing.Root, "disk.img"u8, AttributesOf("disk.img").Key, Id));
        Assert.Equal(2u, AttributesOf("other.img").Links);
    }

    [Fact]
    public void Only_regular_files_are_retained()
    {
        File.CreateSymbolicLink(Folder["link"], "disk.img");
        Assert.Equal(FsError.Stale, Backing.Retain(Backing.Root, "link"u8, AttributesOf("link").Key, Id));
        Directory.CreateDirectory(Folder["folder"]);
        Assert.NotEqual(FsError.None, Backing.Retain(Backing.Root, "folder"u8, AttributesOf("folder").Key, Id));
    }

    [Fact]
    public void Nothing_is_retained_at_first()
    {
        List<ImageId> ids = [];
        Ok(Backing.ListRetained(ids));
        Assert.Empty(ids);
        Ok(Backing.DropRetained(Id));
        Assert.False(Directory.Exists(Folder[".vdfs"]));
    }

    [Fact]
    public void What_is_opened_by_identity_is_for_reading()
    {
        Write("disk.img");
        Ok(Backing.OpenImage(Id, IdentityOf("disk.img"), default, out IBackingFile? file));
        Assert.Equal(FsError.BadHandle, file!.Write(0, "x"u8, out _));
        file.Dispose();
    }

    protected ImageIdentity IdentityOf(string path)
    {
        Ok(Backing.Identify(Bytes(path), out ImageIdentity? identity));
        return identity!;
    }

    private void CheckOpens(ImageIdentity identity, string hint, string content)
    {
        Ok(Backing.OpenImage(Id, identity, Bytes(hint), out IBackingFile? file));
        using (file)
            Assert.Equal(content, ReadAll(file!));
    }
}
