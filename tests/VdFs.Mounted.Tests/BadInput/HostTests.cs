using System.IO;

namespace VdFs.Mounted.Tests.BadInput;

/// <summary>A host that lacks something, and state that this build can't use.</summary>
public sealed class HostTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        IReadOnlyList<string> leaks = MountLeaks.End(folder.Path);
        folder.Dispose();
        Assert.Empty(leaks);
    }

    [Fact]
    public void Without_dev_fuse_the_error_says_so_and_nothing_is_mounted()
    {
        string images = folder.Folder("images");
        string mount = folder.Folder("mount");
        string vdfs = string.Join(' ', VdfsCommand.CommandLine.Select(word => $"'{word}'"));
        // A mount namespace of its own, whose /dev has what any program needs, but no fuse.
        ToolResult result = Tool.Run("unshare", "--mount", "bash", "-c",
            $"mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/urandom c 1 9 && mknod -m 666 /dev/zero c 1 5 && {vdfs} mount '{images}' '{mount}'");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/dev/fuse", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_catalog_of_a_newer_version_is_refused_and_the_images_stay_untouched()
    {
        using var images = new MountedImages();
        Tool.Bash($"echo content > {images.Mount}/disk.img").Checked();
        images.Unmount();
        // Bytes 60..63 of a database's header are its user version (SQLite's file format, section 1.3).
        string catalog = Path.Combine(images.State, "catalog.db");
        byte[] intact = File.ReadAllBytes(catalog);
        byte[] newer = [.. intact];
        newer[63] = 99;
        File.WriteAllBytes(catalog, newer);
        ToolResult result = VdfsCommand.Run("mount", images.Backing, images.Mount, "--state", images.State);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("newer VdFs", result.Error, StringComparison.Ordinal);
        Assert.Equal("content\n", File.ReadAllText(Path.Combine(images.Backing, "disk.img")));
        File.WriteAllBytes(catalog, intact);
        images.MountAgain();
    }
}
