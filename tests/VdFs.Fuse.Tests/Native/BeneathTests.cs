using System.IO;
using System.Text;
using VdFs.Core.Errors;
using VdFs.Fuse.Native;
using VdFs.Fuse.Tests.Backing;

namespace VdFs.Fuse.Tests.Native;

/// <summary>The way by openat2(2) and the way without it give the same.</summary>
public sealed unsafe class BeneathTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly int root;

    public BeneathTests()
    {
        Directory.CreateDirectory(folder["a/b"]);
        File.WriteAllText(folder["a/b/file"], "x");
        File.CreateSymbolicLink(folder["link"], folder["a"]);
        File.CreateSymbolicLink(folder["a/up"], "..");
        File.CreateSymbolicLink(folder["a/b/leaf"], "file");
        fixed (byte* path = Encoding.UTF8.GetBytes(folder.Path + "\0"))
            root = Libc.openat(Libc.AT_FDCWD, path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
    }

    public void Dispose()
    {
        _ = Libc.close(root);
        folder.Dispose();
    }

    [Theory]
    [InlineData("a/b/file", FsError.None)]
    [InlineData("a/b", FsError.None)]
    [InlineData("", FsError.None)]
    [InlineData("a/b/none", FsError.NotFound)]
    [InlineData("none/file", FsError.NotFound)]
    [InlineData("a/b/file/x", FsError.NotDirectory)]
    [InlineData("link", FsError.SymlinkLoop)]
    [InlineData("a/b/leaf", FsError.SymlinkLoop)]
    public void Both_ways_open_the_same(string path, FsError expected)
    {
        Assert.Equal((expected, expected), OpenBoth(root, path, Libc.O_RDONLY));
    }

    [Theory]
    [InlineData("link/b/file")]
    [InlineData("a/up/a/b/file")]
    public void Neither_way_follows_a_symbolic_link_on_the_way(string path)
    {
        (FsError direct, FsError byComponents) = OpenBoth(root, path, Libc.O_PATH);
        Assert.Equal(FsError.SymlinkLoop, direct);
        // O_DIRECTORY of openat(2) sees no directory in a link.
        Assert.True(byComponents is FsError.SymlinkLoop or FsError.NotDirectory);
    }

    [Fact]
    public void Both_ways_refer_to_a_link_itself() => Assert.Equal((FsError.None, FsError.None), OpenBoth(root, "a/b/leaf", Libc.O_PATH));

    [Fact]
    public void Neither_way_enters_another_filesystem()
    {
        int top;
        fixed (byte* path = "/\0"u8)
            top = Libc.openat(Libc.AT_FDCWD, path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        Assert.Equal((FsError.CrossDevice, FsError.CrossDevice), OpenBoth(top, "proc", Libc.O_PATH));
        Assert.Equal((FsError.CrossDevice, FsError.CrossDevice), OpenBoth(top, "dev/shm", Libc.O_RDONLY));
        Assert.Equal((FsError.None, FsError.None), OpenBoth(top, "etc", Libc.O_PATH));
        _ = Libc.close(top);
    }

    [Fact]
    public void Paths_longer_than_a_system_call_takes_are_opened_too()
    {
        string name = new('d', 200);
        byte[] path = [];
        int parent = Libc.fcntl(root, Libc.F_DUPFD_CLOEXEC, 0);
        for (int depth = 0; depth < 25; depth++)
        {
            byte[] component = Encoding.UTF8.GetBytes(name);
            fixed (byte* terminated = Encoding.UTF8.GetBytes(name + "\0"))
                Assert.Equal(0, Libc.mkdirat(parent, terminated, 0x1ED));
            Assert.Equal(FsError.None, Beneath.Open(parent, component, Libc.O_PATH, 0, out int child));
            _ = Libc.close(parent);
            parent = child;
            path = depth == 0 ? component : [.. path, (byte)'/', .. component];
        }
        _ = Libc.close(parent);
        Assert.True(path.Length > 4096);
        Assert.Equal(FsError.None, Beneath.Open(root, path, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out int deepest));
        _ = Libc.close(deepest);
    }

    private static (FsError Direct, FsError ByComponents) OpenBoth(int directory, string path, int flags)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        FsError direct = Beneath.Open(directory, bytes, flags, 0, out int first);
        FsError byComponents = Beneath.OpenByComponents(directory, bytes.Length == 0 ? "."u8 : bytes, flags, 0, out int second);
        if (first >= 0)
            _ = Libc.close(first);
        if (second >= 0)
            _ = Libc.close(second);
        return (direct, byComponents);
    }
}
