using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text.Json;
using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Deltas;

/// <summary>What deltas cost: room and time for what changed, not for what is there.</summary>
public sealed class CostTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public void Random_writes_of_4_KiB_over_1_percent_give_a_delta_of_little_more()
    {
        using var images = new MountedImages();
        using IDisposable watchdog = images.AbortAfter(Limit);
        const long size = 1L << 30;
        const int writes = (int)(size / 100 / 4096);
        string image = Path.Combine(images.Mount, "disk.img");
        using (FileStream file = File.Create(image))
            file.SetLength(size);
        images.Cut("a");
        var random = new Random(1);
        var blocks = new HashSet<long>();
        while (blocks.Count < writes)
            blocks.Add(random.NextInt64(size / 4096));
        byte[] data = new byte[4096];
        using (Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(image, FileMode.Open, FileAccess.Write))
        {
            foreach (long block in blocks)
            {
                random.NextBytes(data);
                RandomAccess.Write(file, data, block * 4096);
            }
        }
        images.Cut("b");
        string copy = Path.Combine(images.Scratch, "copy.qcow2");
        Tool.Bash($"cp --sparse=auto {images.Snapshots}/a..b/disk.img@*.qcow2 {copy}", Limit).Checked();
        long written = writes * 4096L;
        long room = long.Parse(Tool.Run("stat", "-c", "%b", copy).Checked().Output, CultureInfo.InvariantCulture) * 512;
        long length = new FileInfo(copy).Length;
        long bitmap = DirtyByQemu(images.Scratch, size, blocks);
        output.WriteLine($"written {written}; the delta's file has {length} bytes ({(double)length / written:F2} times), on disk {room}; QEMU's dirty bitmap of 64 KiB marks {bitmap} ({(double)bitmap / written:F1} times)");
        Assert.InRange(length, written, (long)(written * 1.5));
        Assert.InRange(room, written, (long)(written * 1.5));
    }

    /// <summary>The same writes to an image of QEMU's with a persistent bitmap: bytes that an incremental backup by it would copy.</summary>
    private static long DirtyByQemu(string folder, long size, IEnumerable<long> blocks)
    {
        string image = Path.Combine(folder, "bitmap.qcow2"), writes = Path.Combine(folder, "writes"), socket = Path.Combine(folder, "nbd");
        File.WriteAllLines(writes, blocks.Select(b => $"write -q {b * 4096} 4096"));
        Tool.Bash($"""
            qemu-img create -q -f qcow2 {image} {size}
            qemu-img bitmap --add -g 65536 {image} changed
            qemu-io -f qcow2 {image} < {writes} > /dev/null
            """, Limit).Checked();
        using var server = new BackgroundTool("qemu-nbd", ["--read-only", "--persistent", "--format=qcow2", "--bitmap=changed", $"--socket={socket}", image]);
        for (var clock = Stopwatch.StartNew(); !File.Exists(socket) && clock.Elapsed < TimeSpan.FromSeconds(30);)
            Thread.Sleep(20);
        string map = Tool.Run("qemu-img", "map", "--output=json", "--image-opts", $"driver=nbd,server.type=unix,server.path={socket},x-dirty-bitmap=qemu:dirty-bitmap:changed").Checked().Output;
        // What this bitmap has is told as not being data.
        return JsonDocument.Parse(map).RootElement.EnumerateArray().Where(r => !r.GetProperty("data").GetBoolean()).Sum(r => r.GetProperty("length").GetInt64());
    }

    [Fact]
    public void A_sparse_image_of_100_GiB_costs_what_changed_in_it()
    {
        using var images = new MountedImages();
        Tool.Bash($"""
            cd {images.Mount}
            truncate -s 100G disk.img
            mkdir .snapshots/a
            for ((i = 0; i < 64; i++)); do head -c 16M /dev/urandom | dd of=disk.img bs=1M seek=$((i * 1600)) conv=notrunc status=none; done
            mkdir .snapshots/b
            """, Limit).Checked();
        foreach (string delta in new[] { "a..b", "..b" })
        {
            var clock = Stopwatch.StartNew();
            string[] words = Tool.Bash($"stat -c '%s %b' {images.Snapshots}/{delta}/disk.img@*.qcow2", Limit).Checked().Output.Split(' ');
            TimeSpan looked = clock.Elapsed;
            clock.Restart();
            string target = Path.Combine(images.Scratch, "copy");
            Tool.Bash($"cp {images.Snapshots}/{delta}/disk.img@*.qcow2 {target}", Limit).Checked();
            long room = long.Parse(Tool.Run("stat", "-c", "%b", target).Checked().Output, CultureInfo.InvariantCulture) * 512;
            output.WriteLine($"{delta}: first look {looked.TotalSeconds:F2} s, {words[0]} bytes, copied in {clock.Elapsed.TotalSeconds:F2} s, {room} bytes on disk");
            Assert.InRange(long.Parse(words[0], CultureInfo.InvariantCulture), 1L << 30, 1100L << 20);
            Assert.InRange(room, 1000L << 20, 1100L << 20);
            File.Delete(target);
        }
    }

    [Fact]
    public void Reading_a_delta_is_about_as_fast_as_reading_the_view()
    {
        using var images = new MountedImages();
        Tool.Bash($"cd {images.Mount}; head -c 256M /dev/urandom > disk.img; mkdir .snapshots/a; head -c 256M /dev/urandom | dd of=disk.img conv=notrunc bs=1M status=none; mkdir .snapshots/b", Limit).Checked();
        string view = $"{images.Snapshot("b")}/disk.img";
        foreach (string delta in new[] { "..b", "a..b" })
        {
            double best = 0, bestView = 0;
            // The best of each, and more often while other processes take what one of them needs.
            for (int i = 0; i < 5 || (i < 20 && best < bestView * 0.4); i++)
            {
                best = Math.Max(best, Rate($"$(ls {images.Snapshots}/{delta}/disk.img@*.qcow2)"));
                bestView = Math.Max(bestView, Rate(view));
            }
            output.WriteLine($"{delta}: {best:F0} MiB/s, the view {bestView:F0} MiB/s: {best / bestView:F2}");
            Assert.True(best >= bestView * 0.4, $"{best} and {bestView} MiB/s");
        }
    }

    private static double Rate(string file)
    {
        ToolResult result = Tool.Bash($"f={file}; s=$(date +%s%N); dd if=$f of=/dev/null bs=1M iflag=direct status=none; echo $(( $(date +%s%N) - s ))", Limit).Checked();
        return 256 / (long.Parse(result.Output, CultureInfo.InvariantCulture) / 1e9);
    }
}
