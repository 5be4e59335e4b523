using System.IO;

namespace VdFs.Mounted.Tests.BadInput;

/// <summary>What can't be mounted is refused in one sentence on stderr, and nothing is mounted, changed or left behind.</summary>
public sealed class MountErrorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string backing;
    private readonly string mount;

    public MountErrorTests()
    {
        backing = folder.Folder("images");
        mount = folder.Folder("mount");
        File.WriteAllText(Path.Combine(backing, "disk.img"), "content");
    }

    public void Dispose()
    {
        IReadOnlyList<string> leaks = MountLeaks.End(folder.Path);
        folder.Dispose();
        Assert.Empty(leaks);
    }

    [Fact]
    public void A_backing_directory_that_does_not_exist() => Refused([Path.Combine(folder.Path, "missing"), mount], "missing");

    [Fact]
    public void A_backing_directory_that_is_a_file() => Refused([Path.Combine(backing, "disk.img"), mount], "disk.img");

    [Fact]
    public void A_mount_point_that_does_not_exist() => Refused([backing, Path.Combine(folder.Path, "nowhere")], "nowhere");

    [Fact]
    public void A_mount_point_that_is_a_file()
    {
        string file = Path.Combine(folder.Path, "file");
        File.WriteAllText(file, "");
        Refused([backing, file], "file");
    }

    [Fact]
    public void A_backing_directory_that_holds_a_real_snapshots_folder()
    {
        Directory.CreateDirectory(Path.Combine(backing, ".snapshots"));
        Refused([backing, mount], ".snapshots");
        Assert.True(Directory.Exists(Path.Combine(backing, ".snapshots")));
    }

    [Fact]
    public void A_mount_point_inside_the_backing_directory()
    {
        string inside = Directory.CreateDirectory(Path.Combine(backing, "inside")).FullName;
        Refused([backing, inside], "inside");
    }

    [Fact]
    public void A_backing_directory_inside_the_mount_point()
    {
        string inside = Directory.CreateDirectory(Path.Combine(mount, "inside")).FullName;
        Refused([inside, mount], "inside");
    }

    [Fact]
    public void A_state_directory_that_is_a_file()
    {
        string file = Path.Combine(folder.Path, "state");
        File.WriteAllText(file, "");
        Refused([backing, mount, "--state", file], "state");
    }

    [Fact]
    public void A_missing_argument() => Refused([backing], "");

    [Fact]
    public void An_unknown_option() => Refused([backing, mount, "--no-such-option"], "no-such-option");

    [Fact]
    public void A_directory_that_others_may_not_read_is_refused_to_them()
    {
        Tool.Run("chmod", "700", backing).Checked();
        ToolResult result = Tool.Run("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "dotnet",
            Repository.Vdfs, "mount", backing, mount], TimeSpan.FromSeconds(60), environment: new Dictionary<string, string?> { ["HOME"] = "/tmp" });
        NothingMounted(result, "images");
    }

    [Fact]
    public void A_backing_directory_that_is_mounted_already()
    {
        string second = folder.Folder("second");
        string state = folder.Folder("state");
        VdfsCommand.Run("mount", backing, mount, "--state", state).Checked();
        try
        {
            foreach (string[] arguments in new[] { [backing, second, "--state", state], new[] { backing, second } })
            {
                ToolResult result = VdfsCommand.Run(["mount", .. arguments]);
                Assert.NotEqual(0, result.ExitCode);
                OneSentence(result, "images");
                Assert.Empty(MountEntry.Below(second));
            }
            // Busy: this mount point has a mount, of another backing directory.
            ToolResult busy = VdfsCommand.Run("mount", folder.Folder("others"), mount);
            Assert.NotEqual(0, busy.ExitCode);
            OneSentence(busy, "mount");
            Assert.Equal("content", Tool.Run("cat", Path.Combine(mount, "disk.img")).Checked().Output.Trim());
        }
        finally
        {
            VdfsCommand.Run("unmount", mount).Checked();
        }
    }

    [Fact]
    public void A_damaged_catalog()
    {
        string state = folder.Folder("state");
        VdfsCommand.Run("mount", backing, mount, "--state", state).Checked();
        VdfsCommand.Run("unmount", mount).Checked();
        string[] catalogs = Directory.GetFiles(state, "catalog*", SearchOption.AllDirectories);
        Assert.NotEmpty(catalogs);
        foreach (string catalog in catalogs)
            File.WriteAllBytes(catalog, [.. Enumerable.Repeat((byte)0xEE, 9000)]);
        // Either a clear refusal, or the promise of a damaged state directory: lineage broken, images untouched.
        ToolResult result = VdfsCommand.Run("mount", backing, mount, "--state", state);
        if (result.Succeeded)
            VdfsCommand.Run("unmount", mount).Checked();
        else
            NothingMounted(result, "");
        Assert.Equal("content", File.ReadAllText(Path.Combine(backing, "disk.img")));
    }

    [Fact]
    public void Unmounting_what_is_not_mounted()
    {
        ToolResult result = VdfsCommand.Run("unmount", mount);
        Assert.NotEqual(0, result.ExitCode);
        OneSentence(result, "mount");
    }

    [Fact]
    public void Commands_on_what_is_not_mounted()
    {
        foreach (string[] command in new[] { new[] { "status", mount }, ["snapshot", "create", mount, "a"], ["snapshot", "list", mount], ["changes", Path.Combine(backing, "disk.img"), "--from", "a"] })
        {
            ToolResult result = VdfsCommand.Run(command);
            Assert.NotEqual(0, result.ExitCode);
            OneSentence(result, "");
        }
    }

    private void Refused(IReadOnlyList<string> arguments, string named) => NothingMounted(VdfsCommand.Run(["mount", .. arguments]), named);

    private void NothingMounted(ToolResult result, string named)
    {
        Assert.NotEqual(ToolResult.TimedOut, result.ExitCode);
        Assert.NotEqual(0, result.ExitCode);
        OneSentence(result, named);
        Assert.Empty(MountEntry.Below(folder.Path));
        Assert.Equal([], Directory.GetFileSystemEntries(mount).Select(e => Path.GetFileName(e)).Except(["inside"]));
        Assert.Equal("content", File.ReadAllText(Path.Combine(backing, "disk.img")));
    }

    private static void OneSentence(ToolResult result, string named)
    {
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", result.Error, StringComparison.Ordinal);
        Assert.NotEqual("", result.Error.Trim());
    }
}
