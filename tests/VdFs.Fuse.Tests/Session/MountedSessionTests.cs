using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Session;

namespace VdFs.Fuse.Tests.Session;

/// <summary>What a client sees is the same by whichever way requests come.</summary>
public abstract class MountedSessionTests : IDisposable
{
    private readonly MemoryTree tree = new();
    private readonly RecordingLog log = new();
    private readonly MountedTree mounted;

    protected MountedSessionTests(bool byRing)
    {
        mounted = new MountedTree(tree, log, byRing);
    }

    public void Dispose()
    {
        mounted.Dispose();
        tree.Dispose();
        GC.SuppressFinalize(this);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public void Files_directories_and_links_behave_as_a_shell_expects()
    {
        Assert.Equal("hello\n6", mounted.Run("mkdir -p a/b && echo hello > a/b/f && cat a/b/f && stat -c %s a/b/f"));
        Assert.Equal("target\nhello", mounted.Run("ln -s target s && readlink s && ln a/b/f hard && cat hard"));
        Assert.Equal("2 2", mounted.Run("stat -c %h hard a/b/f | xargs"));
        Assert.Equal("a hard s", mounted.Run("ls | xargs"));
        Assert.Equal("rmdir: failed to remove 'a': Directory not empty", mounted.Run("rmdir a"));
        Assert.Equal("moved", mounted.Run("mv a/b/f a/g && rm hard s && rmdir a/b && ls a/g >/dev/null && echo moved"));
        Assert.Equal("cat: nothing: No such file or directory", mounted.Run("cat nothing"));
        Assert.Equal("File name too long", mounted.Run("touch $(printf 'x%.0s' {1..256}) 2>&1 | grep -o 'File name too long'"));
        Assert.Equal("fifo", mounted.Run("mkfifo p && stat -c %F p"));
    }

    [Fact]
    public void Rename_knows_its_modes()
    {
        string script = """
            echo 1 > x; echo 2 > y
            python3 - <<'E'
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            for flags in (1, 2):
                print(libc.renameat2(-100, b"x", -100, b"y", flags), ctypes.get_errno())
            print(libc.renameat2(-100, b"x", -100, b"y", 1 << 20), ctypes.get_errno())
            E
            cat x y
            """;
        Assert.Equal("-1 17\n0 17\n-1 22\n2\n1", mounted.Run(script));
    }

    [Fact]
    public void Attributes_arrive_with_nanoseconds_and_birth_time()
    {
        Assert.Equal("640 12 34", mounted.Run("touch f; chmod 640 f; chown 12:34 f; stat -c '%a %u %g' f"));
        Assert.Equal("2001-02-03 04:05:06.123456789 +0000", mounted.Run("TZ=UTC touch -d '2001-02-03 04:05:06.123456789' f; TZ=UTC stat -c %y f"));
        Assert.Equal("1000000000", mounted.Run("stat -c %W f"));
        Assert.Equal("5 10 5", mounted.Run("echo 1234567890 > g; truncate -s 5 g; stat -c %s g; truncate -s 10 g; stat -c %s g; head -c 5 g | wc -c").Replace('\n', ' '));
        Assert.Equal("600", mounted.Run("umask 077; touch private; stat -c %a private"));
        Assert.Equal("4096 1000 500 400", mounted.Run("stat -f -c '%S %b %f %a' ."));
    }

    [Fact]
    public void Large_and_direct_transfers_keep_every_byte()
    {
        string script = """
            head -c 5000000 /dev/urandom > /tmp/$$.a
            cp /tmp/$$.a f && cmp f /tmp/$$.a && echo same
            dd if=/tmp/$$.a of=g bs=1M iflag=fullblock status=none && cmp g f && echo same
            truncate -s 4M /tmp/$$.a; dd if=/tmp/$$.a of=d bs=1M oflag=direct status=none; dd if=d bs=1M iflag=direct status=none | cmp - /tmp/$$.a && echo same
            rm /tmp/$$.a
            """;
        Assert.Equal("same\nsame\nsame", mounted.Run(script));
    }

    [Fact]
    public void Fsync_and_fdatasync_and_synchronous_writes_differ()
    {
        mounted.Run("dd if=/dev/zero of=f bs=4k count=1 conv=fsync status=none");
        Assert.Equal(1, tree.LastSync);
        mounted.Run("dd if=/dev/zero of=f bs=4k count=1 conv=fdatasync status=none");
        Assert.Equal(2, tree.LastSync);
        mounted.Run("dd if=/dev/zero of=f bs=4k count=1 oflag=direct,sync status=none");
        Assert.Equal(WriteDurability.DataAndAttributes, tree.LastDurability);
        mounted.Run("dd if=/dev/zero of=f bs=4k count=1 oflag=direct,dsync status=none");
        Assert.Equal(WriteDurability.Data, tree.LastDurability);
        mounted.Run("dd if=/dev/zero of=f bs=4k count=1 oflag=direct status=none");
        Assert.Equal(WriteDurability.None, tree.LastDurability);
    }

    [Fact]
    public void Holes_ranges_and_copies_pass_through()
    {
        Assert.Equal("8192", mounted.Run("fallocate -l 8192 f && stat -c %s f"));
        Assert.Equal("0", mounted.Run("head -c 8192 /dev/zero | tr '\\0' y > f; fallocate -p -o 0 -l 4096 f; head -c 4096 f | tr -d '\\0' | wc -c"));
        Assert.Equal("8192", mounted.Run("fallocate -l 99999 -n f; stat -c %s f"));
        Assert.Equal("Operation not supported", mounted.Run("fallocate -i -o 0 -l 4096 f 2>&1 | grep -o 'Operation not supported'"));
        string copy = """
            python3 -c "
            import os
            a = os.open('f', os.O_RDONLY); b = os.open('copy', os.O_RDWR | os.O_CREAT)
            print(os.copy_file_range(a, b, 8192), os.lseek(a, 0, os.SEEK_DATA), os.lseek(a, 0, os.SEEK_HOLE))
            try: os.lseek(a, 8192, os.SEEK_DATA)
            except OSError as e: print(e.errno)
            t = os.open('.', os.O_RDWR | os.O_TMPFILE, 0o600); os.write(t, b'unnamed'); print(os.pread(t, 10, 0).decode())
            "
            cmp f copy && echo same
            """;
        Assert.Equal("8192 0 8192\n6\nunnamed\nsame", mounted.Run(copy));
    }

    [Fact]
    public void Extended_attributes_and_locks_work()
    {
        Assert.Equal("value", mounted.Run("touch f; setfattr -n user.a -v value f; getfattr --only-values -n user.a f"));
        Assert.Equal("user.a", mounted.Run("getfattr f | grep user"));
        Assert.Equal("f: user.b: No such attribute", mounted.Run("getfattr -n user.b f"));
        Assert.Equal("gone", mounted.Run("setfattr -x user.a f; getfattr f | grep user || echo gone"));
        Assert.Equal("locked", mounted.Run("flock f -c 'flock -n f -c true || echo locked'"));
        Assert.Equal("Inappropriate ioctl for device", mounted.Run("python3 -c \"import fcntl; fcntl.ioctl(open('f'), 0x1234)\" 2>&1 | grep -o 'Inapp.*'"));
    }

    [Fact]
    public void Long_listings_come_whole()
    {
        Assert.Equal("3000\n3000", mounted.Run("mkdir d; cd d; touch file-with-a-rather-long-name-{1..3000}; ls | sort -u | wc -l; ls -l | grep -c file"));
    }

    [Fact]
    public void Shared_mappings_of_files_work()
    {
        string script = """
            python3 -c "
            import mmap, os
            f = os.open('f', os.O_RDWR | os.O_CREAT); os.ftruncate(f, 8192)
            m = mmap.mmap(f, 8192); m[100:105] = b'hello'; m.flush(); print(os.pread(f, 5, 100).decode())
            "
            dd if=f bs=1 skip=100 count=5 status=none
            """;
        Assert.Equal("hello\nhello", mounted.Run(script));
    }

    [Fact]
    public void An_invalidated_name_is_looked_up_again()
    {
        using var cache = new KernelCache();
        mounted.Run("touch before; ls before");
        cache.Attach(mounted.Transport);
        cache.InvalidateEntry(NodeId.Root, "before"u8);
        cache.InvalidateEntry(NodeId.Root, "never-seen"u8);
        cache.InvalidateNode(new NodeId(12345));
        Assert.Equal("before", mounted.Run("ls before"));
        mounted.Unmount();
    }

    [Fact]
    public void Unmounting_ends_the_session()
    {
        Assert.True(mounted.Session.WaitUntilReady(TimeSpan.FromSeconds(10)).Succeeded);
        FuseFeatures features = mounted.Session.Features!;
        Assert.Equal(7, features.ProtocolMajor);
        Assert.True(features.ProtocolMinor >= 31);
        mounted.Unmount();
        Assert.Equal(SessionEndReason.Unmounted, mounted.End!.Reason);
    }

    [Fact]
    public void The_mount_is_listed_with_its_source()
    {
        MountEntry entry = Assert.Single(MountTable.Read(), m => m.MountPoint == mounted.MountPoint);
        Assert.Equal(KernelMount.Type, entry.Type);
        Assert.Equal("/nowhere, at all\\x", entry.Source);
    }
}
