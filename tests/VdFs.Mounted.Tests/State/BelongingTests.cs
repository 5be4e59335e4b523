using System.IO;

namespace VdFs.Mounted.Tests.State;

/// <summary>
/// A state directory belongs to one directory of images, and its pre-images to one place. A mount with others is refused before anything is changed; one whose images are there is not,
/// whatever became of the directory around them.
/// </summary>
public sealed class BelongingTests
{
    private const int Refused = 5;
    private const int NotFound = 3;

    [Fact]
    public void A_state_directory_of_other_images_is_refused_until_it_is_taken_over()
    {
        using var others = new TemporaryFolder();
        string other = others.Folder("other"), point = others.Folder("point");
        using var images = new MountedImages();
        Fill(images);
        images.Unmount();
        Tool.Bash($"for i in a b c; do head -c 64K /dev/urandom > {other}/$i; done").Checked();
        string[] mount = ["mount", other, point, "--state", images.State];
        foreach (string former in new[] { images.Backing, "" })
        {
            ToolResult refused = VdfsCommand.Run(mount);
            Assert.Equal(Refused, refused.ExitCode);
            Assert.Contains("--adopt-state", refused.Error, StringComparison.Ordinal);
            Assert.Contains(former, refused.Error, StringComparison.Ordinal);
            Assert.Empty(MountEntry.Below(point));
            ToolResult check = VdfsCommand.Run("check", other, "--state", images.State, "--repair");
            Assert.Equal(10, check.ExitCode);
            Assert.Contains("the state belongs to the directory that was", check.Output, StringComparison.Ordinal);
        }
        // Nothing was changed by all that.
        images.MountAgain();
        Exact(images);
        images.Unmount();

        VdfsCommand.Run([.. mount, "--adopt-state"]).Checked();
        // What it was, by nobody's eyes: held snapshots lost, everything counts as changed.
        Assert.Contains("lost", VdfsCommand.Run("snapshot", "list", point).Checked().Output, StringComparison.Ordinal);
        Assert.NotEqual(0, Tool.Run("cat", $"{point}/.snapshots/s/a").ExitCode);
        Tool.Bash($"rmdir {point}/.snapshots/s; mkdir {point}/.snapshots/t; cp -r {other} {images.Scratch}/then; head -c 8K /dev/urandom | dd of={point}/a conv=notrunc status=none; diff -r -x .snapshots -x .vdfs {images.Scratch}/then {point}/.snapshots/t").Checked();
        VdfsCommand.Run("unmount", point).Checked();
        // Now it belongs there, and no longer to the former one.
        VdfsCommand.Run(mount).Checked();
        VdfsCommand.Run("unmount", point).Checked();
        Assert.Equal(Refused, VdfsCommand.Run("mount", images.Backing, images.Mount, "--state", images.State).ExitCode);
    }

    [Theory]
    [InlineData("mv $B $B.moved; mkdir $B; mv $B.moved/* $B/")]
    [InlineData("mkdir $B.new; mv $B/* $B/.vdfs $B.new/; rmdir $B; mv $B.new $B; rm $B/c")]
    [InlineData("mkdir -p $B/deep/er; mv $B/a $B/b $B/c $B/deep/er; mkdir $B.new; mv $B/deep $B/.vdfs $B.new/; rmdir $B; mv $B.new $B")]
    [InlineData("mv $B $B.renamed; mv $B.renamed $B")]
    [InlineData("for i in a b c; do cp $B/$i $B/$i.new; mv $B/$i.new $B/$i; done")]
    public void A_directory_that_was_made_anew_around_its_images_is_not_refused(string change)
    {
        using var images = new MountedImages();
        Fill(images);
        images.Unmount();
        Tool.Bash($"B={images.Backing}; {change}").Checked();
        images.MountAgain();
        images.Release("s");
        images.Cut("u");
    }

    [Fact]
    public void A_copy_of_images_and_state_is_refused_until_it_is_taken_over()
    {
        using var folder = new TemporaryFolder();
        string backing = folder.Folder("images"), copy = Path.Combine(folder.Path, "copy"), point = folder.Folder("point");
        VdfsCommand.Run("mount", backing, point).Checked();
        Tool.Bash($"head -c 64K /dev/urandom > {point}/a; mkdir {point}/.snapshots/s; head -c 8K /dev/urandom | dd of={point}/a conv=notrunc status=none").Checked();
        VdfsCommand.Run("unmount", point).Checked();
        Tool.Run("cp", "-a", backing, copy).Checked();
        ToolResult refused = VdfsCommand.Run("mount", copy, point);
        Assert.Equal(Refused, refused.ExitCode);
        Assert.Contains("restored or copied", refused.Error, StringComparison.Ordinal);
        VdfsCommand.Run("mount", copy, point, "-o", "adopt-state").Checked();
        Tool.Run("cmp", $"{point}/a", $"{backing}/a").Checked();
        Assert.Contains("Input/output error", Tool.Run("cat", $"{point}/.snapshots/s/a").Error, StringComparison.Ordinal);
        VdfsCommand.Run("unmount", point).Checked();
    }

    [Fact]
    public void Where_pre_images_lie_is_remembered()
    {
        using var folder = new TemporaryFolder();
        string preserve = folder.Folder("preserve"), moved = Path.Combine(folder.Path, "moved");
        using var images = new MountedImages("--preserve", preserve);
        Fill(images);
        images.Unmount();
        // Found by itself, and really read: a bit that flips in it is found.
        Assert.Equal(0, VdfsCommand.Run("check", images.Backing, "--state", images.State).ExitCode);
        string data = Directory.GetFiles(preserve, "*.data", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        byte[] kept = File.ReadAllBytes(data);
        File.WriteAllBytes(data, [.. kept.Select((b, i) => i == 12388 ? (byte)(b ^ 1) : b)]);
        Assert.Equal(10, VdfsCommand.Run("check", images.Backing, "--state", images.State).ExitCode);
        File.WriteAllBytes(data, kept);

        ToolResult forgotten = VdfsCommand.Run("mount", images.Backing, images.Mount, "--state", images.State);
        Assert.Equal(Refused, forgotten.ExitCode);
        Assert.Contains($"lie in another place, {preserve}", forgotten.Error, StringComparison.Ordinal);
        Assert.Contains("--preserve", forgotten.Error, StringComparison.Ordinal);

        Directory.Move(preserve, moved);
        ToolResult gone = VdfsCommand.Run("check", images.Backing, "--state", images.State);
        Assert.Equal(NotFound, gone.ExitCode);
        Assert.Contains(preserve, gone.Error, StringComparison.Ordinal);
        Assert.Equal(0, VdfsCommand.Run("check", images.Backing, "--state", images.State, "--preserve", moved).ExitCode);

        VdfsCommand.Run("mount", images.Backing, images.Mount, "--state", images.State, "--preserve", moved).Checked();
        Exact(images);
        // Nothing is held there any more: the next mount may have another place, and needn't say so.
        images.Release("s");
        images.Unmount();
        VdfsCommand.Run("mount", images.Backing, images.Mount, "--state", images.State).Checked();
        images.Unmount();
        Assert.Equal(0, VdfsCommand.Run("check", images.Backing, "--state", images.State).ExitCode);
    }

    /// <summary>Three images, a snapshot, and changes since; the snapshot's content in a copy.</summary>
    private static void Fill(MountedImages images)
    {
        Tool.Bash($"for i in a b c; do head -c 64K /dev/urandom > {images.Mount}/$i; done; cp -r {images.Backing} {images.Scratch}/old").Checked();
        images.Cut("s");
        Tool.Bash($"for i in a b c; do head -c 8K /dev/urandom | dd of={images.Mount}/$i bs=4k seek=3 conv=notrunc status=none; done").Checked();
    }

    private static void Exact(MountedImages images) =>
        Tool.Bash($"for i in a b c; do cmp {images.Scratch}/old/$i {images.Snapshot("s")}/$i; done").Checked();
}
