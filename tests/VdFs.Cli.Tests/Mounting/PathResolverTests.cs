using VdFs.Cli.Mounting;

namespace VdFs.Cli.Tests.Mounting;

public class PathResolverTests
{
    private static readonly MountView Mounts = ServedMount.Table("/mnt/images");

    [Theory]
    [InlineData("/mnt/images", "/mnt/images")]
    [InlineData("/mnt//images/", "/mnt/images")]
    [InlineData("images", "/mnt/images")]
    [InlineData("./images/../images/web/./disk.img", "/mnt/images/web/disk.img")]
    [InlineData("/link/web", "/mnt/images/web")]
    [InlineData("/relative/x", "/mnt/other/x")]
    [InlineData("/..", "/")]
    [InlineData("/new/../data", "/data")]
    public void Path_is_made_absolute_and_links_are_followed(string typed, string expected) =>
        Assert.Equal(expected, PathResolver.Resolve(typed, Mounts, "/mnt", ReadLink));

    [Theory]
    [InlineData("/mnt/images")]
    [InlineData("/mnt/images/.snapshots/a")]
    [InlineData("/link/deep/er")]
    public void Nothing_is_asked_at_or_below_a_mount(string typed) => PathResolver.Resolve(typed, Mounts, "/", path =>
    {
        Assert.False(MountView.IsAtOrBelow(path, "/mnt/images"), path);
        return ReadLink(path);
    });

    [Fact]
    public void Links_in_a_circle_are_an_error() => Assert.Equal(
        ExitCode.NotFound, Assert.Throws<CommandFailedException>(() => PathResolver.Resolve("/circle/x", Mounts, "/", ReadLink)).Code);

    private static string? ReadLink(string path) => path switch
    {
        "/link" => "/mnt/images",
        "/relative" => "mnt/../mnt/other",
        "/circle" => "circle",
        _ => null,
    };
}
