using VdFs.Core.Errors;
using VdFs.Core.Storage;
using Xunit;

namespace VdFs.TestKit;

/// <summary>What every <see cref="IStorage"/> has to do. Derived by the test class of each implementation.</summary>
public abstract class StorageContract
{
    /// <summary>Empty storage; the same in one test.</summary>
    protected abstract IStorage Storage { get; }

    [Fact]
    public void A_new_file_is_empty_and_keeps_what_is_written()
    {
        using IFile file = Open("file", StorageOpen.CreateNew);
        Assert.Equal(0, LengthOf(file));
        Ok(file.Write(10, "hello"u8, out int written));
        Assert.Equal(5, written);
        Assert.Equal(15, LengthOf(file));
        using IFile again = Open("file", StorageOpen.Existing);
        byte[] buffer = new byte[32];
        Ok(again.Read(8, buffer, out int read));
        Assert.Equal("\0\0hello"u8, buffer.AsSpan(0, read));
    }

    [Fact]
    public void Reading_at_or_past_the_end_gives_nothing()
    {
        using IFile file = Open("file", StorageOpen.CreateNew);
        Ok(file.Write(0, "abc"u8, out _));
        Ok(file.Read(3, new byte[8], out int read));
        Assert.Equal(0, read);
        Ok(file.Read(1000, new byte[8], out read));
        Assert.Equal(0, read);
        Ok(file.Read(0, default, out read));
        Assert.Equal(0, read);
    }

    [Fact]
    public void Opening_follows_its_mode()
    {
        Assert.Equal(FsError.NotFound, Storage.Open("file", StorageOpen.Existing, out IFile? none));
        Assert.Null(none);
        Open("file", StorageOpen.OpenOrCreate).Dispose();
        Assert.Equal(FsError.AlreadyExists, Storage.Open("file", StorageOpen.CreateNew, out none));
        Assert.Null(none);
        Open("file", StorageOpen.OpenOrCreate).Dispose();
        Open("file", StorageOpen.Existing).Dispose();
        Assert.Equal(FsError.NotFound, Storage.Open("none/file", StorageOpen.OpenOrCreate, out _));
    }

    [Fact]
    public void Length_can_be_cut_and_extended_by_zeros()
    {
        using IFile file = Open("file", StorageOpen.CreateNew);
        Ok(file.Write(0, "abcdef"u8, out _));
        Ok(file.SetLength(3));
        Assert.Equal(3, LengthOf(file));
        Ok(file.SetLength(6));
        byte[] buffer = new byte[6];
        Ok(file.Read(0, buffer, out int read));
        Assert.Equal(6, read);
        Assert.Equal("abc\0\0\0"u8, buffer);
    }

    [Fact]
    public void A_punched_hole_reads_as_zeros_and_keeps_the_length()
    {
        using IFile file = Open("file", StorageOpen.CreateNew);
        byte[] data = new byte[64 << 10];
        data.AsSpan().Fill(7);
        Ok(file.Write(0, data, out _));
        Ok(file.PunchHole(4096, 8192));
        Ok(file.PunchHole(100, 50));
        data.AsSpan(4096, 8192).Clear();
        data.AsSpan(100, 50).Clear();
        byte[] found = new byte[data.Length];
        Ok(file.Read(0, found, out int read));
        Assert.Equal(data.Length, read);
        Assert.Equal(data, found);
        Assert.Equal(data.Length, LengthOf(file));
    }

    [Fact]
    public void Data_and_holes_are_found()
    {
        using IFile file = Open("file", StorageOpen.CreateNew);
        Ok(file.SetLength(1 << 20));
        Assert.Equal(FsError.NoSuchAddress, file.SeekData(0, out _));
        Ok(file.Write(512 << 10, new byte[4096], out _));
        Ok(file.SeekData(0, out long data));
        // A filesystem may count more than was written as data, never less.
        Assert.InRange(data, 0, 512 << 10);
        Ok(file.SeekHole(512 << 10, out long hole));
        Assert.InRange(hole, (512 << 10) + 4096, 1 << 20);
        Ok(file.SeekHole((1 << 20) - 1, out hole));
        Assert.InRange(hole, (1 << 20) - 1, 1 << 20);
        Assert.Equal(FsError.NoSuchAddress, file.SeekData(2 << 20, out _));
        Assert.Equal(FsError.NoSuchAddress, file.SeekHole(2 << 20, out _));
    }

    [Fact]
    public void A_deleted_file_stays_usable_while_it_is_open()
    {
        using IFile file = Open("file", StorageOpen.CreateNew);
        Ok(Storage.Delete("file"));
        Assert.Equal(FsError.NotFound, Storage.Delete("file"));
        Ok(file.Write(0, "x"u8, out _));
        Assert.Equal(1, LengthOf(file));
        Assert.Equal(FsError.NotFound, Storage.Open("file", StorageOpen.Existing, out _));
    }

    [Fact]
    public void Rename_replaces()
    {
        Write("a", "new"u8);
        Write("b", "old"u8);
        Ok(Storage.CreateFolder("folder"));
        Ok(Storage.Rename("a", "b"));
        Assert.Equal("new"u8, ReadAll("b"));
        Ok(Storage.Rename("b", "folder/c"));
        Assert.Equal("new"u8, ReadAll("folder/c"));
        Assert.Equal(FsError.NotFound, Storage.Rename("a", "b"));
        Assert.Equal(FsError.NotFound, Storage.Rename("folder/c", "none/c"));
    }

    [Fact]
    public void Folders_are_created_with_those_above_listed_and_deleted()
    {
        Ok(Storage.CreateFolder("a/b/c"));
        Ok(Storage.CreateFolder("a/b/c"));
        Ok(Storage.CreateFolder("a/b"));
        Write("a/b/file", "x"u8);
        Assert.Equal(["c", "file"], List("a/b").Order());
        Assert.Equal(["a"], List(""));
        Assert.Equal(FsError.DirectoryNotEmpty, Storage.DeleteFolder("a/b"));
        Ok(Storage.Delete("a/b/file"));
        Ok(Storage.DeleteFolder("a/b/c"));
        Ok(Storage.DeleteFolder("a/b"));
        Assert.Equal(FsError.NotFound, Storage.DeleteFolder("a/b"));
        Assert.Equal(FsError.NotFound, Storage.List("a/b", new List<string>()));
        Assert.Empty(List("a"));
    }

    [Fact]
    public void Files_and_folders_are_told_apart()
    {
        Write("file", "x"u8);
        Ok(Storage.CreateFolder("folder"));
        Assert.Equal(FsError.NotDirectory, Storage.CreateFolder("file"));
        Assert.Equal(FsError.NotDirectory, Storage.CreateFolder("file/below"));
        Assert.Equal(FsError.NotDirectory, Storage.List("file", new List<string>()));
        Assert.Equal(FsError.NotDirectory, Storage.DeleteFolder("file"));
        Assert.Equal(FsError.IsDirectory, Storage.Delete("folder"));
        Assert.Equal(FsError.IsDirectory, Storage.Open("folder", StorageOpen.Existing, out _));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../file")]
    [InlineData("a/../file")]
    [InlineData("/file")]
    [InlineData("a//file")]
    [InlineData("./file")]
    [InlineData("file/")]
    public void Paths_that_could_lead_elsewhere_are_refused(string path)
    {
        Assert.Equal(FsError.InvalidArgument, Storage.Open(path, StorageOpen.OpenOrCreate, out _));
        Assert.Equal(FsError.InvalidArgument, Storage.Delete(path));
        Assert.Equal(FsError.InvalidArgument, Storage.CreateFolder(path));
    }

    [Fact]
    public void Everything_can_be_synced()
    {
        Ok(Storage.CreateFolder("folder"));
        using IFile file = Open("folder/file", StorageOpen.CreateNew);
        Ok(file.Write(0, "x"u8, out _));
        Ok(file.Sync(dataOnly: true));
        Ok(file.Sync(dataOnly: false));
        Ok(Storage.SyncFolder("folder"));
        Ok(Storage.SyncFolder(""));
        Assert.Equal(FsError.NotFound, Storage.SyncFolder("none"));
    }

    [Fact]
    public void Space_is_told()
    {
        Ok(Storage.GetSpace(out long free, out long total));
        Assert.InRange(free, 1, total);
    }

    [Fact]
    public void A_closed_file_answers_so()
    {
        IFile file = Open("file", StorageOpen.CreateNew);
        file.Dispose();
        file.Dispose();
        Assert.Equal(FsError.BadHandle, file.Read(0, new byte[1], out _));
        Assert.Equal(FsError.BadHandle, file.Write(0, "x"u8, out _));
        Assert.Equal(FsError.BadHandle, file.Sync(dataOnly: true));
        Assert.Equal(FsError.BadHandle, file.GetLength(out _));
        Assert.Equal(FsError.BadHandle, file.SetLength(1));
        Assert.Equal(FsError.BadHandle, file.PunchHole(0, 1));
        Assert.Equal(FsError.BadHandle, file.SeekData(0, out _));
        Assert.Equal(FsError.BadHandle, file.SeekHole(0, out _));
    }

    protected static void Ok(FsError error) => Assert.Equal(FsError.None, error);

    protected IFile Open(string path, StorageOpen mode)
    {
        Ok(Storage.Open(path, mode, out IFile? file));
        return file!;
    }

    protected void Write(string path, ReadOnlySpan<byte> content)
    {
        using IFile file = Open(path, StorageOpen.OpenOrCreate);
        Ok(file.Write(0, content, out _));
    }

    protected byte[] ReadAll(string path)
    {
        using IFile file = Open(path, StorageOpen.Existing);
        byte[] content = new byte[LengthOf(file)];
        Ok(file.Read(0, content, out int read));
        Assert.Equal(content.Length, read);
        return content;
    }

    private List<string> List(string path)
    {
        List<string> names = [];
        Ok(Storage.List(path, names));
        return names;
    }

    private static long LengthOf(IFile file)
    {
        Ok(file.GetLength(out long length));
        return length;
    }
}
