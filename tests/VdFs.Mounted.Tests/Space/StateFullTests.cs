using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Space;

/// <summary>The filesystem of the state directory is full, read-only, or shared with images and store: images keep running, nothing is missing from the changes.</summary>
public sealed class StateFullTests
{
    private const int Images = 120;

    private static readonly string ForAll = $"for i in $(seq {Images}); do";

    [Fact]
    public void A_state_directory_that_fills_up_stops_no_image_and_what_is_lost_is_said()
    {
        using var folder = new TemporaryFolder();
        string disk = folder.Folder("disk");
        using var small = new SmallDisk(disk, 16, journal: true);
        using var images = new MountedImages(m => Tool.Run("ln", "-s", $"{disk}/state", m.State).Checked(), "--preserve", Path.Combine(folder.Path, "preserve"));
        Tool.Bash($"{ForAll} head -c 64K /dev/urandom > {images.Mount}/i$i; done; cp -r {images.Backing} {images.Scratch}/old").Checked();
        images.Cut("a");
        Assert.Contains("No space left", Tool.Bash($"dd if=/dev/zero of={disk}/others bs=4k status=none").Error, StringComparison.Ordinal);
        WriteAll(images, block: 3);
        WriteAll(images, block: 9);
        (int whole, int lost) = Check(images);
        Assert.True(whole > 0, "the reserve was of no use");
        Assert.Contains("the state directory is full", File.ReadAllText($"{disk}/state/vdfs.log"), StringComparison.Ordinal);
        images.Unmount();
        images.MountAgain();
        Assert.Equal((whole, lost), Check(images));
        // The others leave: the next snapshot is whole.
        File.Delete($"{disk}/others");
        images.Release("a");
        images.Cut("b");
        Tool.Bash($"rm -r {images.Scratch}/old; cp -r {images.Snapshot("b")} {images.Scratch}/old").Checked();
        WriteAll(images, block: 5);
        Tool.Bash($"diff -r {images.Scratch}/old {images.Snapshot("b")}").Checked();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Past_the_reserve_images_go_on_cuts_fail_and_a_mount_says_what_to_free(bool btrfs)
    {
        const int NoSpace = 8;
        using var folder = new TemporaryFolder();
        string disk = folder.Folder("disk");
        using var small = new SmallDisk(disk, btrfs ? 128 : 16, journal: true, btrfs);
        using var images = new MountedImages(m => Tool.Run("ln", "-s", $"{disk}/state", m.State).Checked(), "--preserve", Path.Combine(folder.Path, "preserve"));
        Tool.Bash($"{ForAll} head -c 64K /dev/urandom > {images.Mount}/i$i; done; cp -r {images.Backing} {images.Scratch}/old").Checked();
        images.Cut("a");
        Tool.Bash($"for i in 1 2 3; do head -c 4K /dev/urandom | dd of={images.Mount}/i$i bs=4k seek=2 conv=notrunc status=none; done").Checked();
        // Others took what was set aside: the daemon gives it back, and they are faster.
        Tool.Bash($"dd if=/dev/zero of={disk}/others1 bs=4k status=none || true; truncate -s 0 {disk}/state/reserve; sync -f {disk}; dd if=/dev/zero of={disk}/others2 bs=4k status=none || true; sync -f {disk}; "
            + $"dd if=/dev/zero of={disk}/others3 bs=4k status=none || true; head -c 5M /dev/urandom | (cd {disk}; split -a 5 -b 1500 - others. 2> /dev/null) || true", TimeSpan.FromMinutes(2)).Checked();
        WriteAll(images, block: 5);
        WriteAll(images, block: 9);
        ToolResult cut = VdfsCommand.Run("snapshot", "create", images.Mount, "b");
        Assert.True(cut.ExitCode == NoSpace && cut.Error.Contains("Free some", StringComparison.Ordinal), cut.ToString());
        Assert.Contains("No space left", Tool.Run("mkdir", images.Snapshot("b")).Error, StringComparison.Ordinal);
        (int whole, int lost) = Check(images);
        Assert.True(lost > 0, "there was room");
        images.Unmount();
        ToolResult full = VdfsCommand.Run("mount", images.Backing, images.Mount, "--state", images.State, "--preserve", Path.Combine(folder.Path, "preserve"));
        if (full.ExitCode == 0)
            images.Unmount();
        else
            Assert.True(full.ExitCode == NoSpace && full.Error.Contains("Free some", StringComparison.OrdinalIgnoreCase), full.ToString());
        Tool.Bash($"rm {disk}/others*; sync -f {disk}").Checked();
        images.MountAgain();
        Assert.Equal((whole, lost), Check(images));
        images.Release("a");
        images.Cut("b");
        Tool.Bash($"rm -r {images.Scratch}/old; cp -r {images.Snapshot("b")} {images.Scratch}/old").Checked();
        WriteAll(images, block: 5);
        Tool.Bash($"diff -r {images.Scratch}/old {images.Snapshot("b")}").Checked();
    }

    [Fact]
    public void State_store_and_images_on_one_filesystem_that_fills_up()
    {
        using var images = new MountedImages(m =>
        {
            m.Own(new SmallDisk(m.Backing, 64, journal: true));
            Tool.Bash($"mkdir -m 700 {m.Backing}/.vdfs; ln -s {m.Backing}/.vdfs {m.State}").Checked();
        });
        Tool.Bash($"head -c 24M /dev/urandom > {images.Mount}/a.img; head -c 4M /dev/urandom > {images.Mount}/b.img; cp {images.Mount}/*.img {images.Scratch}").Checked();
        images.Cut("s");
        // Grown until there is no room: the error that it would give without VdFs.
        Assert.Contains("No space left on device", Tool.Bash($"cat /dev/urandom > {images.Mount}/grown.img").Error, StringComparison.Ordinal);
        // What has its room is written on, whatever becomes of the snapshot.
        Tool.Bash($"fio --name=load --directory={images.Mount} --filename=a.img:b.img --filesize=4M --size=8M --rw=randwrite --bs=4k --iodepth=16 --ioengine=libaio --direct=1 --verify=crc32c --verify_fatal=1 --do_verify=1", TimeSpan.FromMinutes(3)).Checked();
        foreach (string name in new[] { "a.img", "b.img" })
        {
            CheckChanges(images, name, "s", $"{images.Scratch}/{name}");
            ToolResult view = Tool.Run("cmp", $"{images.Scratch}/{name}", $"{images.Snapshot("s")}/{name}");
            Assert.True(view.ExitCode == 0 || view.Error.Contains("Input/output error", StringComparison.Ordinal), view.Output);
        }
        images.Unmount();
        images.MountAgain();
        Tool.Run("rm", $"{images.Mount}/grown.img").Checked();
        images.Release("s");
        images.Cut("t");
        Tool.Bash($"cp {images.Mount}/b.img {images.Scratch}/b.img; head -c 4M /dev/urandom | dd of={images.Mount}/b.img conv=notrunc status=none; cmp {images.Scratch}/b.img {images.Snapshot("t")}/b.img").Checked();
    }

    [Fact]
    public void A_state_directory_that_cannot_be_written_is_refused_with_the_reason()
    {
        using var folder = new TemporaryFolder();
        string disk = folder.Folder("disk");
        using var small = new SmallDisk(disk, 16);
        using var images = new MountedImages();
        string other = folder.Folder("other");
        string point = folder.Folder("point");
        Tool.Run("mkdir", $"{disk}/state").Checked();
        Tool.Run("mount", "-o", "remount,ro", disk).Checked();
        ToolResult refused = VdfsCommand.Run("mount", other, point, "--state", $"{disk}/state");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("read-only", refused.Error, StringComparison.Ordinal);
        Tool.Run("mount", "-o", "remount,rw", disk).Checked();
        Tool.Bash($"dd if=/dev/zero of={disk}/others bs=4k status=none || true").Checked();
        refused = VdfsCommand.Run("mount", other, point, "--state", $"{disk}/state");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("no room", refused.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, Tool.Run("mountpoint", "-q", point).ExitCode);
    }

    [Fact]
    public void Errors_of_the_backing_device_reach_the_guest_as_they_are()
    {
        SmallDisk? disk = null;
        using var images = new MountedImages(m => m.Own(disk = new SmallDisk(m.Backing, 48)));
        Tool.Bash($"head -c 30M /dev/urandom > {images.Mount}/disk.img; sync -f {images.Mount}/disk.img").Checked();
        images.Cut("s");
        foreach (string command in new[]
        {
            "fallocate -l 60M new.img", "fallocate -o 30M -l 30M disk.img", "dd if=/dev/urandom of=new2.img bs=1M count=40 oflag=dsync", "dd if=/dev/urandom of=new3.img bs=1M count=40 oflag=direct",
        })
        {
            Assert.Contains("No space left on device", Tool.Bash($"cd {images.Mount}; {command}; rm -f new*.img").Error, StringComparison.Ordinal);
            Tool.Bash($"rm -f {images.Mount}/new*.img").Checked();
        }
        disk!.Break();
        foreach (string command in new[] { "dd if=/dev/urandom of=disk.img bs=1M count=30 conv=notrunc", "dd if=/dev/urandom of=disk.img bs=1M count=30 conv=notrunc oflag=direct", "fallocate -o 40M -l 1M disk.img", "sync disk.img", "touch more" })
            Assert.Contains("Input/output error", Tool.Bash($"cd {images.Mount}; {command}").Error, StringComparison.Ordinal);
        // The views of what can't be read any more are no other error.
        Assert.Contains("Input/output error", Tool.Run("cp", $"{images.Snapshot("s")}/disk.img", "/dev/null").Error, StringComparison.Ordinal);
    }

    private static void WriteAll(MountedImages images, int block) =>
        Tool.Bash($"{ForAll} head -c 4K /dev/urandom | dd of={images.Mount}/i$i bs=4k seek={block} conv=notrunc status=none; done", TimeSpan.FromMinutes(2)).Checked();

    /// <summary>Each view is exact or an I/O error, and changes since "a" lead from the old image to the live one.</summary>
    private static (int Whole, int Lost) Check(MountedImages images)
    {
        (int whole, int lost) = (0, 0);
        ToolResult views = Tool.Bash($"{ForAll} cmp {images.Scratch}/old/i$i {images.Snapshot("a")}/i$i && echo exact; done 2>&1", TimeSpan.FromMinutes(2));
        foreach (string line in views.Lines.Where(l => l.Length != 0))
        {
            if (line == "exact")
                whole++;
            else if (line.Contains("Input/output error", StringComparison.Ordinal))
                lost++;
            else
                Assert.Fail(line);
        }
        Assert.Equal(Images, whole + lost);
        foreach (int i in new[] { 1, Images / 2, Images })
            CheckChanges(images, $"i{i}", "a", $"{images.Scratch}/old/i{i}");
        return (whole, lost);
    }

    private static void CheckChanges(MountedImages images, string name, string cut, string then)
    {
        ToolResult changes = VdfsCommand.Run("changes", $"{images.Mount}/{name}", "--from", cut, "--json").Checked();
        string now = $"{images.Scratch}/now";
        Tool.Run("cp", $"{images.Mount}/{name}", now).Checked();
        byte[] content = File.ReadAllBytes(then);
        byte[] image = File.ReadAllBytes(now);
        foreach (JsonElement extent in JsonDocument.Parse(changes.Output).RootElement.GetProperty("extents").EnumerateArray())
        {
            (int start, int length) = (extent.GetProperty("start").GetInt32(), extent.GetProperty("length").GetInt32());
            image.AsSpan(start, length).CopyTo(content.AsSpan(start));
        }
        Assert.True(image.AsSpan().SequenceEqual(content), $"changes of {name} are missing");
    }
}
