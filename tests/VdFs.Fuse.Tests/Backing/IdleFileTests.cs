using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Fuse.Backing;

namespace VdFs.Fuse.Tests.Backing;

/// <summary>Files of the state that are idle are closed, and nobody who uses them sees that.</summary>
public sealed class IdleFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly IdleDescriptors pool = new(4);
    private readonly LinuxStorage storage;

    public IdleFileTests()
    {
        Assert.Equal(FsError.None, LinuxStorage.OpenDescriptor(folder["state"], create: true, out int descriptor));
        storage = LinuxStorage.FromDescriptor(descriptor, pool);
    }

    public void Dispose()
    {
        storage.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Many_files_take_few_descriptors_and_each_is_the_same_file_again()
    {
        IFile[] files = [.. Enumerable.Range(0, 40).Select(i => Make($"f{i}"))];
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < files.Length; i++)
                Assert.Equal(FsError.None, files[i].Write(round, [(byte)i], out _));
            Assert.InRange(Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(f => Target(f).StartsWith(folder["state/f"], StringComparison.Ordinal)), 1, 5);
        }
        Span<byte> content = stackalloc byte[8];
        for (int i = 0; i < files.Length; i++)
        {
            Assert.Equal(FsError.None, files[i].Read(0, content, out int read));
            Assert.Equal([(byte)i, (byte)i, (byte)i], content[..read].ToArray());
            files[i].Dispose();
            Assert.Equal(FsError.BadHandle, files[i].Read(0, content, out _));
        }
        Assert.Equal(0, pool.Count);
    }

    [Fact]
    public void One_that_is_gone_when_it_is_needed_again_is_an_error_and_no_empty_file()
    {
        using IFile file = Make("a");
        Assert.Equal(FsError.None, file.Write(0, "content"u8, out _));
        for (int i = 0; i < 20; i++)
            Make($"other{i}").Dispose();
        IFile[] more = [.. Enumerable.Range(0, 20).Select(i => Make($"more{i}"))];
        File.Delete(folder["state/a"]);
        Assert.Equal(FsError.Io, file.Write(0, "more"u8, out int _));
        foreach (IFile one in more)
            one.Dispose();
    }

    [Fact]
    public void Nobody_reads_another_file_while_files_are_closed_and_opened_again()
    {
        IFile[] files = [.. Enumerable.Range(0, 16).Select(i => Make($"f{i}"))];
        for (int i = 0; i < files.Length; i++)
            Assert.Equal(FsError.None, files[i].Write(0, [(byte)i], out _));
        int wrong = 0;
        Thread[] users = [.. Enumerable.Range(0, 4).Select(seed => new Thread(() =>
        {
            var random = new Random(seed);
            Span<byte> one = stackalloc byte[1];
            for (int i = 0; i < 4000; i++)
            {
                int index = random.Next(files.Length);
                if (files[index].Read(0, one, out int read) != FsError.None || read != 1 || one[0] != index)
                    Interlocked.Increment(ref wrong);
            }
        }))];
        Array.ForEach(users, user => user.Start());
        Array.ForEach(users, user => user.Join());
        Assert.Equal(0, wrong);
        foreach (IFile file in files)
            file.Dispose();
    }

    private IFile Make(string name)
    {
        Assert.Equal(FsError.None, storage.OpenIdle(name, StorageOpen.CreateNew, out IFile? file));
        return file!;
    }

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
