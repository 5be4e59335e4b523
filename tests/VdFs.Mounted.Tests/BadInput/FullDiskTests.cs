using System.IO;

namespace VdFs.Mounted.Tests.BadInput;

/// <summary>No space left: on the backing filesystem, and where pre-images go.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public void A_full_backing_filesystem_says_so_and_loses_nothing()
    {
        using var images = new MountedImages(m => m.Own(new SmallDisk(m.Backing, 48)));
        Tool.Bash($"cd {images.Mount}; head -c 20M /dev/urandom > disk.img; sync -f .; sha256sum < disk.img > {images.Scratch}/sum").Checked();
        images.Cut("a");
        ToolResult full = Tool.Bash($"head -c 60M /dev/urandom > {images.Mount}/large.img");
        Assert.Contains("No space left on device", full.Error, StringComparison.Ordinal);
        ToolResult alarm = VdfsCommand.Run("status", images.Mount, "--check");
        Assert.True(alarm.ExitCode == 10 && alarm.Output.Contains("the filesystem of the images is ", StringComparison.Ordinal), alarm.ToString());
        Tool.Bash($"cd {images.Mount}; sha256sum -c {images.Scratch}/sum < disk.img; rm large.img; head -c 1M /dev/urandom | dd of=disk.img conv=notrunc status=none").Checked();
        Tool.Bash($"sha256sum -c {images.Scratch}/sum < {images.Snapshot("a")}/disk.img").Checked();
        Assert.StartsWith("OK: ", VdfsCommand.Run("status", images.Mount, "--check").Checked().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_preserve_store_costs_the_snapshot_and_never_the_image()
    {
        using var disk = new TemporaryFolder();
        string preserve = disk.Folder("preserve");
        using var small = new SmallDisk(preserve, 24);
        using var images = new MountedImages("--preserve", preserve);
        Tool.Bash($"head -c 60M /dev/urandom > {images.Mount}/disk.img; cp {images.Mount}/disk.img {images.Scratch}/old").Checked();
        images.Cut("a");
        Tool.Bash($"head -c 60M /dev/urandom > {images.Scratch}/new; dd if={images.Scratch}/new of={images.Mount}/disk.img bs=1M conv=notrunc status=none", TimeSpan.FromMinutes(2)).Checked();
        Tool.Run("cmp", $"{images.Scratch}/new", $"{images.Mount}/disk.img").Checked();
        // Given up: EIO, and a reason; wrong data is no answer.
        ToolResult read = Tool.Bash($"cat {images.Snapshot("a")}/disk.img > {images.Scratch}/view");
        Assert.Contains("Input/output error", read.Error, StringComparison.Ordinal);
        byte[] shown = File.ReadAllBytes($"{images.Scratch}/view");
        Assert.True(File.ReadAllBytes($"{images.Scratch}/old").AsSpan().StartsWith(shown));
        Assert.NotEqual("", Tool.Run("getfattr", "--only-values", "-n", "user.vdfs.state", $"{images.Snapshot("a")}/disk.img").Checked().Output);
        images.Release("a");
        images.Cut("b");
        Tool.Run("cmp", $"{images.Scratch}/new", $"{images.Snapshot("b")}/disk.img").Checked();
        images.Unmount();
    }
}
