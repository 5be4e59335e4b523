using System.Globalization;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using VdFs.Mounted.Tests.Death;

namespace VdFs.Mounted.Tests.Mounts;

/// <summary>Files of read-only mounts are read by the kernel itself, and views from its cache, whoever opens them how often.</summary>
public sealed class PassthroughTests
{
    private const int Size = 8 << 20;

    /// <summary>What a daemon may read for other reasons in between: its log, a line of the service.</summary>
    private const long Noise = Size / 4;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly byte[] content = RandomNumberGenerator.GetBytes(Size);

    [Fact]
    public void A_read_only_mount_reads_while_its_worker_stands_still()
    {
        using MountedImages images = ReadOnly();
        using IDisposable watchdog = images.AbortAfter(Limit);
        var daemon = new Daemon(images);
        using SafeFileHandle first = Open(images);
        SafeFileHandle second = Open(images);
        using var mapped = MemoryMappedFile.CreateFromFile(Open(images), null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        using MemoryMappedViewAccessor view = mapped.CreateViewAccessor(0, Size, MemoryMappedFileAccess.Read);
        int worker = daemon.Worker;
        Native.Signal(worker, Native.SignalStop);
        try
        {
            Assert.Equal(content, Read(first));
            Assert.Equal(content, Read(second));
            second.Dispose();
            byte[] seen = new byte[Size];
            view.ReadArray(0, seen, 0, Size);
            Assert.Equal(content, seen);
        }
        finally
        {
            Native.Signal(worker, Native.SignalContinue);
        }
    }

    [Fact]
    public void Direct_reads_pass_the_daemon_too()
    {
        using MountedImages images = ReadOnly();
        var daemon = new Daemon(images);
        long before = ReadBy(daemon.Worker);
        Tool.Bash($"cd {images.Mount}; dd if=disk.img of={images.Scratch}/copy iflag=direct bs=1M status=none; cmp {images.Scratch}/copy {images.Backing}/disk.img").Checked();
        Assert.InRange(ReadBy(daemon.Worker) - before, 0, Noise);
    }

    [Fact]
    public void Files_that_are_open_when_the_worker_dies_stay_readable_and_can_be_opened_again()
    {
        using MountedImages images = ReadOnly();
        using IDisposable watchdog = images.AbortAfter(Limit);
        var daemon = new Daemon(images);
        using (SafeFileHandle kept = Open(images))
        {
            for (int i = 1; i <= 3; i++)
            {
                daemon.KillWorker();
                Assert.Equal(content, Read(kept));
                using SafeFileHandle again = Open(images);
                Assert.Equal(content, Read(again));
                daemon.WaitForSuccession(i);
            }
        }
        // All are closed: the next one is the first again.
        long before = ReadBy(daemon.Worker);
        using SafeFileHandle last = Open(images);
        Assert.Equal(content, Read(last));
        Assert.InRange(ReadBy(daemon.Worker) - before, 0, Noise);
    }

    [Fact]
    public void A_remount_lets_no_writer_in_beside_readers_that_pass_the_daemon()
    {
        using MountedImages images = ReadOnly();
        using IDisposable watchdog = images.AbortAfter(Limit);
        using SafeFileHandle kept = Open(images);
        // -i: not by the helper of the type, which a checkout hasn't installed.
        Tool.Run("mount", "-i", "-o", "remount,rw", images.Mount).Checked();
        Assert.Contains("Read-only file system", Tool.Bash($"echo x >> {images.Mount}/disk.img").Error, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", Tool.Bash($"echo x > {images.Mount}/new").Error, StringComparison.Ordinal);
        Assert.Equal(content, Read(kept));
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(images.Backing, "disk.img")));
    }

    [Fact]
    public void A_filesystem_that_lies_on_others_is_read_by_the_daemon()
    {
        using var folder = new TemporaryFolder();
        foreach (string one in (string[])["upper", "work", "images", "mount", "state"])
            folder.Folder(one);
        string Path(string name) => System.IO.Path.Combine(folder.Path, name);
        Directory.CreateDirectory(Path("lower"));
        File.WriteAllBytes(Path("lower/disk.img"), content);
        Tool.Run("mount", "-t", "overlay", "-o", $"lowerdir={Path("lower")},upperdir={Path("upper")},workdir={Path("work")}", "none", Path("images")).Checked();
        try
        {
            VdfsCommand.Run("mount", Path("images"), Path("mount"), "--read-only", "--state", Path("state")).Checked();
            Tool.Run("cmp", Path("mount/disk.img"), Path("lower/disk.img")).Checked();
            Assert.Contains("Passthrough", VdfsCommand.Run("status", Path("mount")).Checked().Output, StringComparison.Ordinal);
        }
        finally
        {
            VdfsCommand.Run("unmount", Path("mount"));
            Tool.Run("umount", "-l", Path("images"));
        }
    }

    [Fact]
    public void A_view_that_is_opened_again_comes_from_the_kernels_cache()
    {
        using var images = new MountedImages(i => File.WriteAllBytes(Path.Combine(i.Backing, "disk.img"), content));
        using IDisposable watchdog = images.AbortAfter(Limit);
        var daemon = new Daemon(images);
        images.Cut("a");
        Tool.Bash($"dd if=/dev/zero of={images.Mount}/disk.img bs=1M count=2 conv=notrunc status=none").Checked();
        string view = Path.Combine(images.Snapshot("a"), "disk.img");
        Assert.Equal(content, File.ReadAllBytes(view));
        long before = ReadBy(daemon.Worker);
        for (int i = 0; i < 3; i++)
            Assert.Equal(content, File.ReadAllBytes(view));
        Assert.InRange(ReadBy(daemon.Worker) - before, 0, Noise);
    }

    private MountedImages ReadOnly() =>
        new(images => File.WriteAllBytes(Path.Combine(images.Backing, "disk.img"), content), "--read-only");

    private static SafeFileHandle Open(MountedImages images) => File.OpenHandle(Path.Combine(images.Mount, "disk.img"));

    private static byte[] Read(SafeFileHandle file)
    {
        byte[] bytes = new byte[Size];
        int read = 0;
        while (RandomAccess.Read(file, bytes.AsSpan(read), read) is > 0 and var count)
            read += count;
        return bytes[..read];
    }

    /// <summary>Bytes that a process has read by system calls so far (proc_pid_io(5)).</summary>
    private static long ReadBy(int process) =>
        long.Parse(File.ReadLines($"/proc/{process}/io").First(l => l.StartsWith("rchar: ", StringComparison.Ordinal))["rchar: ".Length..], CultureInfo.InvariantCulture);
}
