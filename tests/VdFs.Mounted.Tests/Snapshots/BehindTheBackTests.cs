namespace VdFs.Mounted.Tests.Snapshots;

/// <summary>Images that somebody changes in the backing directory, past the mount: noticed where nothing went through the mount since the last cut, and never mixed into a view.</summary>
public sealed class BehindTheBackTests
{
    [Theory]
    [InlineData("dd if=/dev/urandom of=$F bs=4096 count=1 seek=3 conv=notrunc status=none")]
    [InlineData("truncate -s 4096 $F")]
    [InlineData("truncate -s 1M $F")]
    [InlineData("dd if=/dev/urandom of=$F.new bs=64k count=1 status=none; cat $F.new > $F; rm $F.new")]
    public void A_change_in_the_backing_directory_breaks_the_lineage_of_that_image_only(string change)
    {
        using var images = new MountedImages();
        Tool.Bash($"for i in a b; do head -c 64k /dev/urandom > {images.Mount}/$i; done").Checked();
        images.Cut("one");
        Tool.Bash($"sleep 0.05; F={images.Backing}/a; {change}").Checked();
        Tool.Bash($"dd if=/dev/zero of={images.Mount}/b bs=4096 count=1 seek=2 conv=notrunc status=none").Checked();

        Assert.False(Tool.Run("cat", $"{images.Snapshot("one")}/a").ExitCode == 0);
        images.Cut("two");
        Assert.Contains("past the mount", WhyFull(images, "a", "one"), StringComparison.Ordinal);
        Assert.Equal("", WhyFull(images, "b", "one"));
        Assert.Contains("past the mount", Tool.Run("getfattr", "--only-values", "-n", "user.vdfs.state", $"{images.Snapshot("one")}/a").Checked().Output, StringComparison.Ordinal);
        Tool.Bash($"cmp {images.Snapshot("two")}/a {images.Backing}/a").Checked();
        Assert.True(Tool.Run("cat", $"{images.Snapshot("one")}/b").ExitCode == 0);
        Assert.Equal("", WhyFull(images, "a", "two"));
    }

    [Fact]
    public void An_image_that_was_replaced_in_the_backing_directory_is_another_one()
    {
        using var images = new MountedImages();
        Tool.Bash($"head -c 64k /dev/urandom > {images.Mount}/a").Checked();
        images.Cut("one");
        Tool.Bash($"cp {images.Mount}/a {images.Scratch}/a; head -c 64k /dev/urandom > {images.Backing}/new; mv {images.Backing}/new {images.Backing}/a").Checked();
        // While somebody has the former file open, its content is still there; afterwards it is lost, and said to be.
        Tool.Bash($"if cat {images.Snapshot("one")}/a > {images.Scratch}/view; then cmp {images.Scratch}/a {images.Scratch}/view; fi").Checked();
        images.Cut("two");
        Assert.Contains("new since", WhyFull(images, "a", "one"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("touch $F")]
    [InlineData("touch -d 2001-01-01 $F")]
    [InlineData("chmod 640 $F; chown 1000 $F")]
    [InlineData("fallocate -n -l 128k $F")]
    [InlineData("fallocate -l 128k $F")]
    [InlineData("truncate -s 1M $F; truncate -s 64k $F")]
    [InlineData("mv $F $F.2; mv $F.2 $F")]
    [InlineData("ln $F $F.2; rm $F.2")]
    [InlineData("setfattr -n user.a -v b $F")]
    [InlineData("cp --reflink=never $F $F.2; cat $F.2 > $F")]
    public void What_goes_through_the_mount_is_never_taken_for_somebody_else(string change)
    {
        using var images = new MountedImages();
        Tool.Bash($"head -c 64k /dev/urandom > {images.Mount}/a").Checked();
        images.Cut("one");
        Tool.Bash($"sleep 0.05; F={images.Mount}/a; {change}").Checked();
        Tool.Run("cat", $"{images.Snapshot("one")}/a").Checked();
        images.Cut("two");
        Assert.Equal("", WhyFull(images, "a", "one"));
        Tool.Run("cat", $"{images.Snapshot("one")}/a").Checked();
    }

    /// <summary>What the command says when all of an image counts as changed; empty if its records are believed.</summary>
    private static string WhyFull(MountedImages images, string image, string from) =>
        VdfsCommand.Run("changes", $"{images.Mount}/{image}", "--from", from, "--json").Checked().Error;
}
