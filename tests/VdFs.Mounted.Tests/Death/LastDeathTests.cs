using System.IO;

namespace VdFs.Mounted.Tests.Death;

/// <summary>When no worker can be had any more, nobody is left waiting.</summary>
public sealed class LastDeathTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public void Supervisor_that_finds_no_worker_any_more_ends_the_mount_and_says_so()
    {
        using var build = new TemporaryFolder();
        string program = Path.Combine(build.Folder("build"), "vdfs.dll");
        Tool.Run("cp", "-r", Path.GetDirectoryName(VdfsCommand.CommandLine[1])! + "/.", Path.GetDirectoryName(program)!).Checked();
        using var images = new MountedImages();
        images.Unmount();
        File.WriteAllText(Path.Combine(images.Backing, "disk"), "content\n");
        Tool.Run("dotnet", [program, "mount", images.Backing, images.Mount, "--state", images.State], Limit).Checked();
        var daemon = new Daemon(images);
        Directory.Delete(Path.GetDirectoryName(program)!, recursive: true);
        daemon.KillWorker();
        // Waits for a worker that never comes, and gets an error at last.
        ToolResult read = Tool.Run("cat", [Path.Combine(images.Mount, "disk")], Limit);
        Assert.NotEqual(0, read.ExitCode);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (MountLeaks.Processes(images.Mount).Count > 0 && clock.Elapsed < Limit)
            Thread.Sleep(50);
        Assert.Empty(MountEntry.Below(images.Mount));
        Assert.Contains("VdFs gives up on this mount", File.ReadAllText(Path.Combine(images.State, "vdfs.log")), StringComparison.Ordinal);
        images.MountAgain();
        Assert.Equal("content\n", Tool.Run("cat", Path.Combine(images.Mount, "disk")).Checked().Output);
    }

    [Fact]
    public void Connection_that_the_administrator_aborts_ends_the_mount_and_it_can_be_mounted_again()
    {
        using var images = new MountedImages();
        Tool.Bash($"echo content > '{images.Mount}/disk'").Checked();
        MountLeaks.Abort(MountEntry.Below(images.Mount)[0].Device);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (MountLeaks.Processes(images.Mount).Count > 0 && clock.Elapsed < Limit)
            Thread.Sleep(50);
        Assert.Empty(MountLeaks.Processes(images.Mount));
        Assert.Empty(MountEntry.Below(images.Mount));
        Assert.Contains("aborted", File.ReadAllText(Path.Combine(images.State, "vdfs.log")), StringComparison.Ordinal);
        images.MountAgain();
        Assert.Equal("content\n", Tool.Run("cat", Path.Combine(images.Mount, "disk")).Checked().Output);
    }
}
