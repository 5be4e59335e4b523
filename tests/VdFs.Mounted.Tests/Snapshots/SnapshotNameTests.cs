using System.IO;

namespace VdFs.Mounted.Tests.Snapshots;

/// <summary>mkdir, rmdir and mv in .snapshots, and what they refuse.</summary>
public sealed class SnapshotNameTests : IDisposable
{
    private readonly MountedImages images = new();

    public SnapshotNameTests() => Tool.Bash($"echo content > {images.Mount}/disk.img; mkdir {images.Mount}/sub; echo other > {images.Mount}/sub/disk.img").Checked();

    public void Dispose() => images.Dispose();

    [Theory]
    [InlineData("-dash")]
    [InlineData(".hidden")]
    [InlineData("..double")]
    [InlineData("a..b")]
    [InlineData("final.")]
    [InlineData("with space")]
    [InlineData("tilde~1")]
    [InlineData("ümlaut")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    public void A_name_that_is_not_allowed_is_refused(string name)
    {
        ToolResult result = Tool.Run("mkdir", "--", images.Snapshot(name));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Invalid argument", result.Error, StringComparison.Ordinal);
        Assert.Equal([], List("-A").Except([".checkpoints"]));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("2026-11-22_03.15")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    public void An_allowed_name_makes_a_view(string name)
    {
        images.Cut(name);
        Assert.Equal("content\n", Tool.Run("cat", $"{images.Snapshot(name)}/disk.img").Checked().Output);
        Assert.Equal("other\n", Tool.Run("cat", $"{images.Snapshot(name)}/sub/disk.img").Checked().Output);
        Assert.Contains(name, List());
    }

    [Fact]
    public void A_held_snapshots_name_is_taken()
    {
        images.Cut("a");
        Refused("mkdir $s/a", "File exists");
        images.Cut("b");
        Refused("mv -T $s/a $s/b", "exists|not empty|Invalid");
        Assert.Equal(["a", "b"], List().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_not_there_cannot_be_released()
    {
        Refused("rmdir $s/missing", "No such file");
        Refused("rmdir $s/.checkpoints/missing", "No such file");
        images.Cut("a");
        images.Release("a");
        Refused("rmdir $s/a", "No such file");
        images.Forget("a");
        Refused("rmdir $s/.checkpoints/a", "No such file");
    }

    [Fact]
    public void A_snapshot_is_renamed()
    {
        images.Cut("a");
        Tool.Bash($"echo newer > {images.Mount}/disk.img; mv {images.Snapshot("a")} {images.Snapshot("b")}").Checked();
        Assert.Equal(["b"], List());
        Assert.Equal("content\n", Tool.Run("cat", $"{images.Snapshot("b")}/disk.img").Checked().Output);
        Refused("mv -T $s/b $s/bad..name", "Invalid argument|to a subdirectory of itself"); // mv's words for it
        Refused("mv $s/missing $s/c", "No such file");
    }

    [Theory]
    [InlineData("echo x > $s/file")]
    [InlineData("echo x > $s/a/new")]
    [InlineData("echo x > $s/a/disk.img")]
    [InlineData("echo x >> $s/a/disk.img")]
    [InlineData("truncate -s 0 $s/a/disk.img")]
    [InlineData("truncate -s 1 $s/a/sub/disk.img")]
    [InlineData("rm -f $s/a/disk.img")]
    [InlineData("mkdir $s/a/new")]
    [InlineData("rmdir $s/a/sub")]
    [InlineData("ln -s x $s/link")]
    [InlineData("ln -s x $s/a/link")]
    [InlineData("ln $m/disk.img $s/link")]
    [InlineData("ln $m/disk.img $s/a/link")]
    [InlineData("ln $s/a/disk.img $m/link")]
    [InlineData("mv -T $m/sub $s/sub")]
    [InlineData("mv -T $m/disk.img $s/a/disk.img")]
    [InlineData("mv $s/a/disk.img $s/a/other")]
    [InlineData("mknod $s/fifo p")]
    [InlineData("mknod $s/a/fifo p")]
    [InlineData("chmod 777 $s/a/disk.img")]
    [InlineData("chown 5 $s/a/disk.img")]
    [InlineData("touch $s/a/disk.img")]
    [InlineData("setfattr -n user.x -v y $s/a/disk.img")]
    [InlineData("fallocate -p -o 0 -l 4096 $s/a/disk.img")]
    [InlineData("rmdir $s")]
    [InlineData("mkdir $s/.checkpoints/x")]
    [InlineData("echo x > $s/.checkpoints/x")]
    [InlineData("rmdir $s/.checkpoints")]
    [InlineData("mv -T $s $m/elsewhere")]
    public void Nothing_else_changes_below_snapshots(string command)
    {
        images.Cut("a");
        string script = $"s={images.Snapshots}; m={images.Mount}; {command}";
        ToolResult result = Tool.Bash(script);
        Assert.NotEqual(0, result.ExitCode);
        Assert.NotEqual(ToolResult.TimedOut, result.ExitCode);
        Assert.Equal("content\n", Tool.Run("cat", $"{images.Snapshot("a")}/disk.img").Checked().Output);
        Assert.Equal(["disk.img", "sub"], Tool.Run("ls", images.Snapshot("a")).Checked().Lines);
        Assert.Equal("content\n", Tool.Run("cat", $"{images.Mount}/disk.img").Checked().Output);
    }

    [Fact]
    public void Cutting_needs_write_permission_on_the_root()
    {
        ToolResult result = Tool.Run("setpriv", "--reuid=1001", "--regid=1001", "--clear-groups", "mkdir", images.Snapshot("a"));
        Assert.Contains("Permission denied", result.Error, StringComparison.Ordinal);
        Tool.Run("chmod", "1777", images.Mount).Checked();
        Assert.Equal("1777", Tool.Run("stat", "-c", "%a", images.Snapshots).Checked().Lines[0]);
        Tool.Run("setpriv", "--reuid=1001", "--regid=1001", "--clear-groups", "mkdir", images.Snapshot("a")).Checked();
        Assert.Equal(["a"], List());
    }

    [Fact]
    public void Two_snapshots_show_two_instants_and_are_released_in_any_order()
    {
        images.Cut("a");
        Tool.Bash($"echo second > {images.Mount}/disk.img; rm {images.Mount}/sub/disk.img; echo new > {images.Mount}/new.img").Checked();
        images.Cut("b");
        Tool.Bash($"echo third > {images.Mount}/disk.img; mv {images.Mount}/new.img {images.Mount}/renamed.img").Checked();
        Assert.Equal(["content", "other"], Tool.Bash($"cd {images.Snapshot("a")}; cat disk.img sub/disk.img").Checked().Lines);
        Assert.Equal(["second", "new"], Tool.Bash($"cd {images.Snapshot("b")}; cat disk.img new.img").Checked().Lines);
        Assert.Empty(Tool.Run("ls", $"{images.Snapshot("b")}/sub").Checked().Lines);
        images.Release("b");
        Assert.Equal(["content", "other"], Tool.Bash($"cd {images.Snapshot("a")}; cat disk.img sub/disk.img").Checked().Lines);
        images.Release("a");
        Assert.Equal(["third", "new"], Tool.Bash($"cd {images.Mount}; cat disk.img renamed.img").Checked().Lines);
    }

    [Fact]
    public void Snapshots_last_through_remounting()
    {
        images.Cut("a");
        Tool.Bash($"echo second > {images.Mount}/disk.img").Checked();
        images.Unmount();
        images.MountAgain();
        Tool.Bash($"echo third > {images.Mount}/disk.img").Checked();
        Assert.Equal("content\n", Tool.Run("cat", $"{images.Snapshot("a")}/disk.img").Checked().Output);
        images.Release("a");
    }

    private void Refused(string command, string pattern)
    {
        ToolResult result = Tool.Bash($"s={images.Snapshots}; m={images.Mount}; {command}");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Matches(pattern, result.Error);
    }

    private IReadOnlyList<string> List(string option = "-1") => Tool.Run("ls", option, images.Snapshots).Checked().Lines;
}
