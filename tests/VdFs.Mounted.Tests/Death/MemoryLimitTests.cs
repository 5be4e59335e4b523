using System.IO;

namespace VdFs.Mounted.Tests.Death;

/// <summary>The daemon and its clients under one memory limit: what they write to a filesystem on an image is written back by the daemon, which allocates.</summary>
public sealed class MemoryLimitTests
{
    private const long Limit = 260 << 20;
    private static readonly TimeSpan LoadLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan WatchdogLimit = TimeSpan.FromSeconds(30);

    /// <summary>Where the worker may not allocate without waiting for write-back, this is a deadlock that nothing but the connection's end resolves.</summary>
    [Fact]
    public void Buffered_writes_to_a_filesystem_on_an_image_end_under_a_memory_limit_that_the_daemon_shares()
    {
        using var group = new MemoryGroup(Limit, "--hang-limit", "6");
        using var images = new MountedImages(null, group);
        string image = Path.Combine(images.Mount, "disk"), point = Directory.CreateDirectory(Path.Combine(images.Scratch, "point")).FullName;
        Tool.Bash($"truncate -s 700M {image}; mkfs.xfs -q {image}").Checked();
        bool acted;
        ToolResult load;
        using (var watchdog = new LockedWatchdog(images, WatchdogLimit))
        {
            using var loop = new LoopDevice(image);
            loop.Mount(point, "xfs", "nouuid");
            load = Tool.Bash(
                $"echo kept > {point}/synced; sync -f {point}; {group.Enter}; dd if=/dev/zero of={point}/a bs=1M count=400 status=none; "
                + $"fio --name=load --directory={point} --size=100M --rw=randwrite --bs=64k --numjobs=2 --ioengine=psync --time_based --runtime=4 --output=/dev/null", LoadLimit);
            acted = watchdog.HasActed;
        }
        string log = File.ReadAllText(Path.Combine(images.State, "vdfs.log"));
        Assert.False(acted, $"nothing ended the deadlock within {WatchdogLimit.TotalSeconds} s:\n{log}");
        Assert.NotEqual(ToolResult.TimedOut, load.ExitCode);
        if (log.Contains("the mount's connection is ended", StringComparison.Ordinal))
        {
            Assert.Contains("while the memory that the daemon may use was used up", log, StringComparison.Ordinal);
            var clock = System.Diagnostics.Stopwatch.StartNew();
            while (MountEntry.Below(images.Mount).Count > 0 || MountLeaks.Processes(images.Mount).Count > 0)
            {
                Assert.True(clock.Elapsed < LoadLimit, "the daemon didn't end with its connection");
                Thread.Sleep(50);
            }
            images.MountAgain();
        }
        else
        {
            load.Checked();
        }
        // What was synced is there, in the filesystem within too.
        using var again = new LoopDevice(image);
        again.Mount(point, "xfs", "nouuid");
        Assert.Equal("kept\n", File.ReadAllText(Path.Combine(point, "synced")));
        again.Unmount();
    }

    /// <summary>As a service that is under load, and short of memory all the time, but gets on.</summary>
    [Fact]
    public void A_daemon_whose_memory_is_used_up_by_cached_pages_is_left_alone()
    {
        using var group = new MemoryGroup(Limit, "--hang-limit", "3");
        using var images = new MountedImages(null, group);
        using IDisposable watchdog = images.AbortAfter(LoadLimit);
        Tool.Bash($"{group.Enter}; for i in 1 2; do dd if=/dev/zero of={images.Mount}/$i bs=1M count=300 conv=fsync status=none; cat {images.Mount}/$i > /dev/null; done", LoadLimit).Checked();
        Assert.Equal(0, Daemon.Status(images).GetProperty("restarts").GetInt32());
    }
}
