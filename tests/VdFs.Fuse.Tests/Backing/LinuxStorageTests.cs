using System.Diagnostics;
using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Fuse.Backing;
using VdFs.TestKit;

namespace VdFs.Fuse.Tests.Backing;

public class LinuxStorageTests : StorageContract, IDisposable
{
    private readonly TemporaryFolder folder;
    private readonly LinuxStorage storage;

    public LinuxStorageTests()
        : this(null)
    {
    }

    protected LinuxStorageTests(string? above)
    {
        folder = new TemporaryFolder(above);
        Ok(LinuxStorage.Open(folder["state"], create: true, out LinuxStorage? opened));
        storage = opened!;
    }

    protected override IStorage Storage => storage;

    public void Dispose()
    {
        storage.Dispose();
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Files_and_folders_belong_to_their_owner_alone()
    {
        Write("file", "x"u8);
        Ok(Storage.CreateFolder("folder/below"));
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(folder["state/file"]));
        foreach (string name in new[] { "state", "state/folder", "state/folder/below" })
            Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(folder[name]));
    }

    [Fact]
    public void No_symbolic_link_is_followed()
    {
        Directory.CreateDirectory(folder["elsewhere"]);
        File.WriteAllText(folder["elsewhere/file"], "secret");
        File.CreateSymbolicLink(folder["state/folder"], folder["elsewhere"]);
        File.CreateSymbolicLink(folder["state/file"], folder["elsewhere/file"]);
        Assert.Equal(FsError.SymlinkLoop, Storage.Open("file", StorageOpen.OpenOrCreate, out _));
        Assert.Equal(FsError.SymlinkLoop, Storage.Open("folder/file", StorageOpen.OpenOrCreate, out _));
        Assert.NotEqual(FsError.None, Storage.CreateFolder("folder/new"));
        Assert.NotEqual(FsError.None, Storage.Delete("folder/file"));
        Assert.NotEqual(FsError.None, Storage.List("folder", new List<string>()));
        Assert.Equal(["elsewhere/file"], Directory.EnumerateFileSystemEntries(folder["elsewhere"]).Select(path => Path.GetRelativePath(folder.Path, path)));
    }

    [Fact]
    public void It_stays_the_same_directory_when_its_path_is_renamed()
    {
        Directory.Move(folder["state"], folder["moved"]);
        Write("file", "x"u8);
        Assert.True(File.Exists(folder["moved/file"]));
        Directory.Move(folder["moved"], folder["state"]);
    }

    [Fact]
    public void Opening_what_is_missing_or_no_directory_says_so()
    {
        Assert.Equal(FsError.NotFound, LinuxStorage.Open(folder["none"], create: false, out _));
        Assert.Equal(FsError.NotFound, LinuxStorage.Open(folder["none/below"], create: true, out _));
        File.WriteAllText(folder["file"], "");
        Assert.Equal(FsError.NotDirectory, LinuxStorage.Open(folder["file"], create: true, out _));
    }

    [Fact]
    public void A_lock_is_held_by_one_until_it_is_given_back()
    {
        Ok(storage.TryLock("lock", out IDisposable? held));
        Assert.Equal(FsError.Busy, storage.TryLock("lock", out IDisposable? other));
        Assert.Null(other);
        Ok(LinuxStorage.Open(folder["state"], create: true, out LinuxStorage? second));
        Assert.Equal(FsError.Busy, second!.TryLock("lock", out _));
        Assert.NotEqual(0, Flock());
        held!.Dispose();
        Assert.Equal(0, Flock());
        Ok(second.TryLock("lock", out held));
        held!.Dispose();
        second.Dispose();
    }

    /// <summary>Exit code of another process that tries the same lock: 0 if it got it.</summary>
    private int Flock()
    {
        using Process process = Process.Start("flock", ["--nonblock", folder["state/lock"], "true"]);
        process.WaitForExit();
        return process.ExitCode;
    }
}
