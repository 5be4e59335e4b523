using System.IO;
using VdFs.Mounted.Tests.Death;

namespace VdFs.Mounted.Tests.Unmounting;

/// <summary>The bare directory below a mount is nobody's to fill: guarded while it is mounted, and known to restores when it isn't.</summary>
public sealed class MountPointTests
{
    private const int Refused = 5;

    [Fact]
    public void An_empty_mount_point_is_roots_alone_while_mounted_and_given_back_after_it_also_after_deaths()
    {
        using var stage = new MountStage("private");
        Tool.Run("chown", "1234:2345", stage.Mount).Checked();
        Tool.Run("chmod", "2751", stage.Mount).Checked();
        stage.Vdfs(0, "mount", stage.Images, stage.Mount);
        Assert.Equal("700 0 0", Below(stage));
        stage.Vdfs(0, "unmount", stage.Mount);
        Assert.Equal("2751 1234 2345", Owner(stage.Mount));

        // All that serves it dies: the next mount must not take root's 0700 for what it was.
        Kill(stage);
        stage.Vdfs(0, "mount", stage.Images, stage.Mount);
        Assert.Equal("700 0 0", Below(stage));
        stage.Vdfs(0, "unmount", stage.Mount);
        Assert.Equal("2751 1234 2345", Owner(stage.Mount));

        Kill(stage);
        stage.Vdfs(0, "unmount", "--lazy", stage.Mount);
        Assert.Equal("2751 1234 2345", Owner(stage.Mount));

        // The dead mount was taken away past VdFs.
        Kill(stage);
        Tool.Run("umount", "--lazy", stage.Mount).Checked();
        Assert.Equal("700 0 0", Owner(stage.Mount));
        stage.Vdfs(0, "unmount", stage.Mount);
        Assert.Equal("2751 1234 2345", Owner(stage.Mount));

        // What can't be mounted leaves it as it was.
        stage.Vdfs(6, "mount", stage.Images, stage.Mount, "--state", "/proc");
        Assert.Equal("2751 1234 2345", Owner(stage.Mount));
    }

    [Fact]
    public void A_mount_point_that_holds_something_or_is_the_backing_directory_keeps_its_mode()
    {
        using var stage = new MountStage("private");
        File.WriteAllText(Path.Combine(stage.Mount, "note"), "");
        stage.Vdfs(0, "mount", stage.Images, stage.Mount);
        Assert.Equal("755 0 0", Below(stage));
        stage.Vdfs(0, "unmount", stage.Mount);
        stage.Vdfs(0, "mount", stage.Images, stage.Images);
        stage.Vdfs(0, "unmount", stage.Images);
        Assert.Equal("755 0 0", Owner(stage.Images));
        Assert.Equal("", Tool.Run("getfattr", "-d", "-m", "-", stage.Images).Checked().Output);
    }

    [Fact]
    public void A_restore_does_not_fill_a_mount_point_that_is_not_mounted()
    {
        using var stage = new MountStage("private");
        string repository = Path.Combine(stage.Scratch, "repository");
        stage.Vdfs(0, "mount", stage.Images, stage.Mount);
        stage.Vdfs(0, "backup", stage.Mount, repository, "--init");
        stage.Vdfs(0, "restore", repository, stage.Mount, "--force");
        stage.Vdfs(0, "unmount", stage.Mount);
        foreach (string target in new[] { stage.Mount, Path.Combine(stage.Mount, "below"), Path.Combine(stage.Scratch, "..", "stage", "mount") })
            Assert.Contains($"vdfs mount {stage.Images} {stage.Mount}", stage.Say(Refused, "restore", repository, target), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(stage.Mount));
        // Under a name of its own that was taken away: the daemon lives, the directory is bare.
        stage.Vdfs(0, "mount", stage.Images, stage.Mount);
        using (Holder.OfNamespace("private"))
        {
            Tool.Run("umount", stage.Mount).Checked();
            Assert.Contains("isn't mounted", stage.Say(Refused, "restore", repository, stage.Mount), StringComparison.Ordinal);
        }
        // Made anew, it is any directory.
        Tool.Run("rmdir", stage.Mount).Checked();
        Directory.CreateDirectory(stage.Mount);
        stage.Vdfs(0, "restore", repository, stage.Mount);
    }

    private static void Kill(MountStage stage)
    {
        stage.Vdfs(0, "mount", stage.Images, stage.Mount);
        string numbers = Tool.Bash($"dotnet {Repository.Vdfs} status {stage.Mount} --json | grep -oE '\"pid\":[0-9]+' | cut -d: -f2 | sort -u").Checked().Output;
        Tool.Run("kill", ["-KILL", .. numbers.Split('\n', StringSplitOptions.RemoveEmptyEntries)]).Checked();
        string dead = Tool.Bash($"for i in $(seq 200); do ls {stage.Mount} >/dev/null 2>&1 || exit 0; sleep 0.05; done; exit 1").Checked().Output;
        Assert.Equal("", dead);
    }

    private static string Owner(string path) => Tool.Run("stat", "-c", "%a %u %g", path).Checked().Output.Trim();

    /// <summary>Of the bare directory, by a bind mount of what it lies in.</summary>
    private static string Below(MountStage stage)
    {
        string view = Directory.CreateDirectory(Path.Combine(stage.Scratch, "view")).FullName;
        Tool.Run("mount", "--bind", Path.GetDirectoryName(stage.Mount)!, view).Checked();
        string owner = Owner(Path.Combine(view, Path.GetFileName(stage.Mount)));
        Tool.Run("umount", view).Checked();
        return owner;
    }
}
