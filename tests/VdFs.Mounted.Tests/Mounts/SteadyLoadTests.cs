using System.Text.Json;

namespace VdFs.Mounted.Tests.Mounts;

/// <summary>What serving costs in the long run.</summary>
public sealed class SteadyLoadTests
{
    [Fact]
    public void Ten_seconds_of_steady_reads_and_writes_collect_no_garbage()
    {
        using var images = new MountedImages();
        string image = System.IO.Path.Combine(images.Mount, "image");
        Tool.Bash($"head -c 64M /dev/urandom > {image}").Checked();
        // The first seconds are the compiler's, and every block is recorded in them.
        Load(image, seconds: 5);
        Tool.Bash($"dd if=/dev/urandom of={image} bs=1M count=64 conv=notrunc status=none").Checked();
        long before = Collections(images.Mount);
        Load(image, seconds: 10);
        Assert.Equal(before, Collections(images.Mount));
    }

    [Fact]
    public void An_idle_mount_uses_no_processor()
    {
        using var images = new MountedImages();
        Load(System.IO.Path.Combine(images.Mount, "image"), seconds: 1);
        JsonElement status = DaemonStatus.Of(images.Mount);
        // Answering that left the daemon something to compile.
        Thread.Sleep(3000);
        string stat = $"/proc/{status.GetProperty("pid").GetInt32()}/stat";
        long before = Ticks(stat);
        Thread.Sleep(3000);
        // Ticks are 10 ms; the runtime's own timers may take one or two.
        Assert.InRange(Ticks(stat) - before, 0, 5);
    }

    private static void Load(string image, int seconds) => Tool.Run(
        "fio",
        ["--name=steady", "--filename=" + image, "--rw=randrw", "--bsrange=4k-64k", "--iodepth=16", "--ioengine=libaio", "--direct=1", "--size=64M", "--time_based", $"--runtime={seconds}"],
        TimeSpan.FromSeconds(seconds + 30)).Checked();

    private static long Collections(string mount) => DaemonStatus.Of(mount).GetProperty("gen0Collections").GetInt64();

    private static long Ticks(string stat)
    {
        string[] fields = System.IO.File.ReadAllText(stat).Split(") ")[1].Split(' ');
        return long.Parse(fields[11]) + long.Parse(fields[12]);
    }
}
