using System.Globalization;
using System.IO;
using System.Text.Json;
using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Backups;

/// <summary>What a backup costs: time, memory and room for what changed, not for what is there.</summary>
public sealed class BackupCostTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);
    private readonly RepositoryWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public void A_sparse_image_of_100_GiB_costs_what_changed_in_it()
    {
        const long changed = 1L << 30;
        string disk = Path.Combine(world.Images.Mount, "disk.img");
        Tool.Bash($"truncate -s 100G {disk}; head -c 1M /dev/urandom | dd of={disk} conv=notrunc status=none", Limit).Checked();
        world.Json("backup", world.Images.Mount, world.Repository, "--init");
        Tool.Bash($"for ((i = 0; i < 256; i++)); do head -c 4M /dev/urandom | dd of={disk} bs=1M seek=$((i * 399)) conv=notrunc status=none; done", Limit).Checked();

        // The highest resident size that its process came to, looked at while it runs.
        ToolResult result = Tool.Bash($$"""
            {{string.Join(' ', VdfsCommand.CommandLine)}} backup {{world.Images.Mount}} {{world.Repository}} --json > {{world.Images.Scratch}}/answer 2> {{world.Images.Scratch}}/errors &
            while kill -0 $! 2> /dev/null; do
              peak=$(awk '/VmHWM/ { print $2 }' /proc/$!/status 2> /dev/null) || true
              [ -z "$peak" ] || last=$peak
              sleep 0.1
            done
            wait $!
            echo $last
            """, Limit).Checked();
        long peak = long.Parse(result.Output, CultureInfo.InvariantCulture) << 10;
        JsonElement answer = JsonDocument.Parse(File.ReadAllText(Path.Combine(world.Images.Scratch, "answer")).Trim().Split('\n')[^1]).RootElement;
        JsonElement image = RepositoryWorld.ImageOf(answer, "disk.img");
        long stored = image.GetProperty("dataBytes").GetInt64();
        double seconds = answer.GetProperty("seconds").GetDouble();
        output.WriteLine($"{changed >> 20} MiB changed in 100 GiB: {stored} bytes stored in {seconds:F1} s, {peak >> 20} MiB of memory at most, {result.Elapsed.TotalSeconds:F1} s in all");
        Assert.Equal("incremental", image.GetProperty("way").GetString());
        Assert.Equal(changed, stored);
        // A hundred times the data would take minutes, and its tables alone more memory.
        Assert.InRange(seconds, 0, 90);
        Assert.InRange(peak, 1, 400L << 20);
    }

    [Fact]
    public void Images_that_go_while_a_backup_reads_are_in_it()
    {
        MountedImages images = world.Images;
        Tool.Bash($"cd {images.Mount}; mkdir d; head -c 2000000 /dev/urandom | tee gone > d/kept; printf x > \"$(printf 'n\\351 \\n@..x')\"").Checked();
        string copy = images.Scratch + "/view";
        world.Json("backup", images.Mount, world.Repository, "--init", "--after", $"cp -a $VDFS_MOUNT/.snapshots/$VDFS_SNAPSHOT {copy} && rm {images.Mount}/gone && mv {images.Mount}/d {images.Mount}/e");
        string restored = images.Scratch + "/restored";
        VdfsCommand.Run("restore", world.Repository, restored).Checked();
        Tool.Run("diff", "-r", copy, restored).Checked();
        Assert.Equal(
            Tool.Bash("find . -mindepth 1 -printf '%p %y %m %s\\n' | sort", folder: copy).Checked().Output,
            Tool.Bash("find . -mindepth 1 -printf '%p %y %m %s\\n' | sort", folder: restored).Checked().Output);
        // What moved keeps its history.
        JsonElement moved = RepositoryWorld.ImageOf(world.Json("backup", images.Mount, world.Repository), "e/kept");
        Assert.Equal("unchanged", moved.GetProperty("way").GetString());
    }
}
