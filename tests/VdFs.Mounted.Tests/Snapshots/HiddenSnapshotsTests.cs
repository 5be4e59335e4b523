namespace VdFs.Mounted.Tests.Snapshots;

/// <summary>.snapshots is listed unless told otherwise, and reachable always.</summary>
public sealed class HiddenSnapshotsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Snapshots_are_listed_or_not_and_always_reachable(bool hidden)
    {
        using var images = new MountedImages(hidden ? ["--hide-snapshots"] : []);
        Tool.Bash($"echo content > {images.Mount}/disk.img").Checked();
        images.Cut("a");
        Assert.Equal(!hidden, Tool.Run("ls", "-A", images.Mount).Checked().Lines.Contains(".snapshots"));
        Assert.Equal("content\n", Tool.Run("cat", $"{images.Snapshot("a")}/disk.img").Checked().Output);
        Assert.DoesNotContain(".snapshots", Tool.Run("ls", "-A", images.Backing).Checked().Lines);
        Assert.DoesNotContain(".snapshots", Tool.Run("ls", "-A", images.Snapshot("a")).Checked().Lines);
    }
}
