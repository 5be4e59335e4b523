using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Space;

/// <summary>The preserve store, on a small device of its own, fills up under load, in each policy.</summary>
public sealed class PreserveStoreFullTests : IDisposable
{
    private const int ImageMiB = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly TemporaryFolder disk = new();
    private readonly string preserve;
    private readonly SmallDisk small;

    public PreserveStoreFullTests()
    {
        preserve = disk.Folder("preserve");
        small = new SmallDisk(preserve, 24, journal: true);
    }

    public void Dispose()
    {
        small.Dispose();
        disk.Dispose();
    }

    [Fact]
    public void Giving_up_loses_the_oldest_snapshot_and_keeps_the_newer_one_and_every_guest()
    {
        using MountedImages images = Mount("give-up");
        images.Cut("a");
        Fio(images, offset: 0, size: 12).Checked();
        images.Cut("b");
        string b = Copy(images, "b");
        Fio(images, offset: 12, size: 12).Checked();
        Assert.StartsWith("lost: ", State(images, "a"), StringComparison.Ordinal);
        Assert.Equal("whole", State(images, "b"));
        ToolResult alarm = VdfsCommand.Run("status", images.Mount, "--check");
        Assert.True(alarm.ExitCode == 10 && alarm.Output.Contains("snapshot a is lost: ", StringComparison.Ordinal) && alarm.Lines.Count == 1, alarm.ToString());
        Assert.Contains("Input/output error", Tool.Bash($"cat {images.Snapshot("a")}/disk.img > /dev/null").Error, StringComparison.Ordinal);
        Tool.Run("cmp", b, $"{images.Snapshot("b")}/disk.img").Checked();
        CheckChanges(images, b, "b");
        string log = File.ReadAllText($"{images.State}/vdfs.log");
        Assert.Contains("is 80 % full", log, StringComparison.Ordinal);
        Assert.Contains("snapshot 'a' is given up", log, StringComparison.Ordinal);
        images.Unmount();
        images.MountAgain();
        Assert.StartsWith("lost: ", State(images, "a"), StringComparison.Ordinal);
        Tool.Run("cmp", b, $"{images.Snapshot("b")}/disk.img").Checked();
    }

    [Fact]
    public void Waiting_writers_go_on_after_a_release_and_hold_up_neither_cut_nor_release()
    {
        using MountedImages images = Mount("wait", "--when-full-limit", "600");
        string old = Copy(images);
        images.Cut("a");
        using var load = new BackgroundTool("bash", ["-c", FioCommand(images, offset: 0, size: ImageMiB)]);
        WaitForWriters(images, waiting: true);
        Tool.Run("cmp", old, $"{images.Snapshot("a")}/disk.img").Checked();
        images.Cut("b");
        Assert.Equal("whole", State(images, "a"));
        Assert.NotEqual(0, Space(images).GetProperty("waitingWriters").GetInt32());
        images.Release("a");
        images.Release("b");
        Assert.Equal(0, load.WaitForExit(Patience));
        WaitForWriters(images, waiting: false);
        CheckChanges(images, old, "a");
    }

    [Fact]
    public void Waiting_ends_with_a_higher_limit_or_in_ENOSPC_at_its_own()
    {
        using MountedImages images = Mount("wait", "--preserve-limit", "4M", "--when-full-limit", "600");
        string old = Copy(images);
        images.Cut("a");
        using (var load = new BackgroundTool("bash", ["-c", FioCommand(images, offset: 0, size: 8)]))
        {
            WaitForWriters(images, waiting: true);
            VdfsCommand.Run("set", images.Mount, "--preserve-limit", "8M").Checked();
            Assert.Equal(0, load.WaitForExit(Patience));
        }
        VdfsCommand.Run("set", images.Mount, "--when-full-limit", "1").Checked();
        Assert.Contains("No space left on device", Overwrite(images, 20), StringComparison.Ordinal);
        Tool.Run("cmp", old, $"{images.Snapshot("a")}/disk.img").Checked();
        CheckChanges(images, old, "a");
    }

    [Fact]
    public void Failing_writers_get_ENOSPC_and_change_nothing()
    {
        using MountedImages images = Mount("fail");
        string old = Copy(images);
        images.Cut("a");
        ToolResult full = Fio(images, offset: 0, size: ImageMiB);
        Assert.Contains("No space left on device", full.Error + full.Output, StringComparison.Ordinal);
        Tool.Run("cmp", old, $"{images.Snapshot("a")}/disk.img").Checked();
        CheckChanges(images, old, "a");
        Assert.Equal("whole", State(images, "a"));
        Assert.Equal(1, File.ReadAllText($"{images.State}/vdfs.log").Split("the preserve store is full").Length - 1);
        images.Release("a");
        Fio(images, offset: 0, size: ImageMiB).Checked();
    }

    [Theory]
    [InlineData("give-up")]
    [InlineData("wait")]
    [InlineData("fail")]
    public void A_failing_device_of_the_store_is_as_a_full_one_to_the_guest(string policy)
    {
        using MountedImages images = Mount(policy, "--when-full-limit", "1");
        Tool.Run("cp", $"{images.Mount}/disk.img", $"{images.Mount}/other.img").Checked();
        string old = Copy(images);
        images.Cut("a");
        small.Break();
        string error = Overwrite(images, 3);
        if (policy == "give-up")
        {
            Assert.Equal("", error);
            // Only what needs the store is lost.
            Assert.StartsWith("part lost: 1 of 2", State(images, "a"), StringComparison.Ordinal);
            Tool.Run("cmp", old, $"{images.Snapshot("a")}/other.img").Checked();
        }
        else
        {
            Assert.Contains("No space left on device", error, StringComparison.Ordinal);
            Tool.Run("cmp", old, $"{images.Mount}/disk.img").Checked();
            Tool.Run("cmp", old, $"{images.Snapshot("a")}/disk.img").Checked();
        }
        CheckChanges(images, old, "a");
        images.Release("a");
        Assert.Equal("", Overwrite(images, 5));
    }

    [Fact]
    public void Deleted_images_count_against_the_limit_by_the_same_policy()
    {
        using MountedImages images = Mount("fail", "--preserve-limit", "8M");
        string old = Copy(images);
        images.Cut("a");
        Assert.Contains("No space left on device", Tool.Run("rm", $"{images.Mount}/disk.img").Error, StringComparison.Ordinal);
        Tool.Run("cmp", old, $"{images.Mount}/disk.img").Checked();
        VdfsCommand.Run("set", images.Mount, "--preserve-limit", "100M").Checked();
        Tool.Run("rm", $"{images.Mount}/disk.img").Checked();
        Assert.InRange(Space(images).GetProperty("retained").GetInt64(), (long)ImageMiB << 20, (ImageMiB + 1L) << 20);
        Tool.Run("cmp", old, $"{images.Snapshot("a")}/disk.img").Checked();
        images.Release("a");
        Assert.Equal(0, Space(images).GetProperty("used").GetInt64());
    }

    private MountedImages Mount(string policy, params string[] more)
    {
        var images = new MountedImages(["--preserve", preserve, "--when-full", policy, .. more]);
        Tool.Bash($"head -c {ImageMiB}M /dev/urandom > {images.Mount}/disk.img").Checked();
        return images;
    }

    private static string FioCommand(MountedImages images, int offset, int size) =>
        $"fio --name=load --filename={images.Mount}/disk.img --offset={offset}M --size={size}M --rw=randwrite --bs=4k --iodepth=16 --ioengine=libaio --direct=1 "
        + "--verify=crc32c --verify_fatal=1 --do_verify=1 --randseed=5";

    private static ToolResult Fio(MountedImages images, int offset, int size) => Tool.Bash(FioCommand(images, offset, size), Patience);

    private static string Overwrite(MountedImages images, int mebibyte) =>
        Tool.Bash($"head -c 1M /dev/urandom | dd of={images.Mount}/disk.img bs=4k seek={mebibyte * 256} conv=notrunc oflag=direct iflag=fullblock status=none").Error;

    /// <summary>A copy of the image: as it is, or a snapshot's view of it.</summary>
    private static string Copy(MountedImages images, string? snapshot = null)
    {
        string copy = $"{images.Scratch}/{snapshot ?? "old"}";
        Tool.Run("cp", snapshot is null ? $"{images.Mount}/disk.img" : $"{images.Snapshot(snapshot)}/disk.img", copy).Checked();
        return copy;
    }

    /// <summary>Changes laid over what was there at the cut give what is there now.</summary>
    private static void CheckChanges(MountedImages images, string then, string cut)
    {
        ToolResult changes = VdfsCommand.Run("changes", $"{images.Mount}/disk.img", "--from", cut, "--json").Checked();
        byte[] content = File.ReadAllBytes(then);
        string now = $"{images.Scratch}/now";
        Tool.Run("cp", $"{images.Mount}/disk.img", now).Checked();
        byte[] image = File.ReadAllBytes(now);
        foreach (JsonElement extent in JsonDocument.Parse(changes.Output).RootElement.GetProperty("extents").EnumerateArray())
        {
            (int start, int length) = (extent.GetProperty("start").GetInt32(), extent.GetProperty("length").GetInt32());
            image.AsSpan(start, length).CopyTo(content.AsSpan(start));
        }
        Assert.True(image.AsSpan().SequenceEqual(content));
    }

    private static string State(MountedImages images, string snapshot) =>
        Json("snapshot", "list", images.Mount).EnumerateArray().Single(s => s.GetProperty("name").GetString() == snapshot).GetProperty("state").GetString()!;

    private static JsonElement Space(MountedImages images) => Json("status", images.Mount).GetProperty("engine").GetProperty("space");

    private static JsonElement Json(params string[] command) => JsonDocument.Parse(VdfsCommand.Run([.. command, "--json"]).Checked().Output).RootElement;

    private static void WaitForWriters(MountedImages images, bool waiting)
    {
        DateTime limit = DateTime.UtcNow + Patience;
        while (Space(images).GetProperty("waitingWriters").GetInt32() != 0 != waiting)
        {
            Assert.True(DateTime.UtcNow < limit, waiting ? "no writer ever waited" : "a writer waits for ever");
            Thread.Sleep(200);
        }
    }
}
