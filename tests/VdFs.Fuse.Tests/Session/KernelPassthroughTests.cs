using System.IO;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Backing;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Tests.Session;

/// <summary>What the kernel refuses is read by the daemon, and it isn't asked for ever.</summary>
public sealed class KernelPassthroughTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("vdfs-passthrough").FullName;
    private readonly FakeRegistry registry = new();
    private readonly KernelPassthrough passthrough = new();
    private readonly LinuxBackingDirectory backing;
    private readonly IBackingFile file;

    public KernelPassthroughTests()
    {
        File.WriteAllText(Path.Combine(folder, "disk"), "content");
        Assert.Equal(FsError.None, LinuxBackingDirectory.Open(folder, out LinuxBackingDirectory? opened));
        backing = opened!;
        Assert.Equal(FsError.None, backing.Lookup(backing.Root, "disk"u8, out BackingRef node, out _));
        Assert.Equal(FsError.None, backing.Open(node, OpenIntent.Read, out IBackingFile? found));
        backing.Close(node);
        file = found!;
    }

    public void Dispose()
    {
        file.Dispose();
        backing.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(Errno.EPERM)]
    [InlineData(Errno.ELOOP)]
    [InlineData(Errno.EOPNOTSUPP)]
    [InlineData(FuseErrno.ENOTTY)]
    public void A_kernel_that_refuses_files_is_asked_once(int errno)
    {
        passthrough.Attach(registry);
        registry.Answer = errno;
        Assert.Equal(0, passthrough.Open(file));
        registry.Answer = 0;
        Assert.Equal(0, passthrough.Open(file));
        Assert.Equal((1, errno), (registry.Asked, passthrough.Refusal));
    }

    [Fact]
    public void A_kernel_that_lacks_memory_is_asked_again()
    {
        passthrough.Attach(registry);
        registry.Answer = 12;
        Assert.Equal(0, passthrough.Open(file));
        registry.Answer = 0;
        Assert.Equal((7, 0), (passthrough.Open(file), passthrough.Refusal));
        passthrough.Close(7);
        Assert.Equal([7], registry.Closed);
    }

    [Fact]
    public void Without_a_connection_and_for_closed_files_there_is_none()
    {
        Assert.Equal(0, passthrough.Open(file));
        passthrough.Close(1);
        passthrough.Attach(registry);
        file.Dispose();
        Assert.Equal(0, passthrough.Open(file));
        Assert.False(passthrough.TakesDirect(file));
        Assert.Equal(0, registry.Asked);
    }

    [Fact]
    public void Asking_for_direct_reads_leaves_the_file_as_it_was()
    {
        bool takes = passthrough.TakesDirect(file);
        Assert.Equal(takes, passthrough.TakesDirect(file));
        byte[] buffer = new byte[3];
        // With O_DIRECT left on, this would be EINVAL.
        Assert.Equal(FsError.None, file.Read(1, buffer, out int read));
        Assert.Equal("ont"u8.ToArray(), buffer[..read]);
    }

    private sealed class FakeRegistry : IBackingRegistry
    {
        public int Answer { get; set; }

        public int Asked { get; private set; }

        public List<int> Closed { get; } = [];

        public int Open(int file, out int backingId)
        {
            Asked++;
            backingId = Answer == 0 ? 7 : -1;
            return Answer;
        }

        public void Close(int backingId) => Closed.Add(backingId);
    }
}
