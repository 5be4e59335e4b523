using System.IO;

namespace VdFs.Mounted.Tests.Death;

/// <summary>Files and folders without a name are with their clients after a worker's death, in whichever way they came to be without one.</summary>
public sealed class NamelessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>Says "ready" when all of them are open, and checks them after the next line of its input.</summary>
    private const string Client = """
        import ctypes, os, sys
        os.chdir(sys.argv[1])
        data = os.urandom(20480)
        def written(fd):
            os.write(fd, data)
            return fd
        def fresh(name):
            return written(os.open(name, os.O_CREAT | os.O_RDWR, 0o600))
        born = written(os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600))
        linkable = written(os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600))
        removed = fresh('removed'); os.unlink('removed')
        replaced = fresh('replaced'); fresh('other'); os.rename('other', 'replaced')
        linked = fresh('first'); os.link('first', 'second'); os.unlink('first')
        twice = fresh('one'); os.link('one', 'two'); os.unlink('one'); os.unlink('two')
        os.mkdir('folder'); folder = os.open('folder', os.O_RDONLY | os.O_DIRECTORY); os.rmdir('folder')
        os.mkdir('old'); os.mkdir('new'); old = os.open('old', os.O_RDONLY | os.O_DIRECTORY); os.rename('new', 'old')
        os.mkdir('work'); os.chdir('work'); os.rmdir('../work')
        print('ready', flush=True)
        sys.stdin.readline()
        for name, fd in dict(born=born, linkable=linkable, removed=removed, replaced=replaced, linked=linked, twice=twice).items():
            assert os.fstat(fd).st_size == len(data), name
            assert os.pread(fd, len(data), 0) == data, name
            assert os.pwrite(fd, b'more', 4096) == 4, name
            assert os.pread(fd, 4, 4096) == b'more', name
        assert os.fstat(folder).st_nlink == 0 and os.listdir(folder) == []
        assert os.fstat(old).st_nlink == 0 and os.listdir(old) == []
        assert os.stat('.').st_nlink == 0 and os.listdir('.') == []
        os.chdir(sys.argv[1])
        assert ctypes.CDLL(None).linkat(-100, f'/proc/self/fd/{linkable}'.encode(), -100, b'named', 0x400) == 0
        assert open('named', 'rb').read(4100)[4096:] == b'more'
        print('right', flush=True)
        """;

    [Fact]
    public void All_that_has_no_name_is_there_after_a_death()
    {
        using var images = new MountedImages();
        using IDisposable watchdog = images.AbortAfter(Limit);
        Check(images);
    }

    /// <summary>Whose daemon can't open files by their handles.</summary>
    [Fact]
    public void So_it_is_on_a_mount_of_a_user()
    {
        var mounter = new UserMounter();
        using var images = new MountedImages(mounter.Prepare, mounter);
        Check(images, UserMounter.Prefix);
    }

    private static void Check(MountedImages images, params string[] prefix)
    {
        var daemon = new Daemon(images);
        string script = Path.Combine(images.Scratch, "client.py");
        File.WriteAllText(script, Client);
        string[] command = [.. prefix, "python3", script, images.Mount];
        using var client = new BackgroundTool(command[0], command[1..]);
        client.WaitFor("nameless files", lines => lines.Contains("ready"), Limit);
        for (int death = 1; death <= 2; death++)
        {
            daemon.KillWorker();
            daemon.WaitForSuccession(death);
        }
        client.WriteLine("");
        client.WaitFor("nameless files after a death", lines => lines.Contains("right"), Limit);
        Assert.Equal(0, client.WaitForExit(Limit));
    }
}
