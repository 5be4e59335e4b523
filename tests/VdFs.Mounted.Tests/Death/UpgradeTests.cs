using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Death;

/// <summary>Whatever is given to `vdfs upgrade`, the mount is served on, and the command ends and says how it went.</summary>
public sealed class UpgradeTests
{
    private const int Refused = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public void A_build_that_does_not_get_to_serve_gives_way_to_the_former_one()
    {
        using var images = new MountedImages();
        using IDisposable watchdog = images.AbortAfter(TimeSpan.FromMinutes(8));
        File.WriteAllText(Path.Combine(images.Mount, "disk"), "content");
        JsonElement before = Daemon.Status(images);
        int tried = 0;
        foreach ((string what, string script) in WrongBuild.All)
        {
            ToolResult result = VdfsCommand.Run(Limit, ["upgrade", images.Mount, "--build", WrongBuild.Make(images.Scratch, script)]);
            Assert.True(result.ExitCode == Refused && result.Error.Contains("the former one goes on", StringComparison.Ordinal), $"{what}: {result}");
            Assert.Equal(++tried, Daemon.Status(images).GetProperty("failedUpgrades").GetInt32());
            Assert.Equal("content", File.ReadAllText(Path.Combine(images.Mount, "disk")));
        }
        JsonElement after = Daemon.Status(images);
        Assert.Equal(before.GetProperty("worker").GetProperty("build").GetString(), after.GetProperty("worker").GetProperty("build").GetString());
        // Nobody is left that serves beside the worker: itself, the supervisor and at most a guard.
        Assert.InRange(MountLeaks.Processes(images.Mount).Count, 2, 2);
    }

    [Fact]
    public void What_is_no_build_at_all_is_refused_before_the_worker_is_asked_to_end()
    {
        using var images = new MountedImages();
        using IDisposable watchdog = images.AbortAfter(TimeSpan.FromMinutes(4));
        int worker = Daemon.Status(images).GetProperty("pid").GetInt32();
        string unreadable = WrongBuild.Make(images.Scratch, "exit 0");
        Tool.Run("chmod", "644", unreadable).Checked();
        foreach (string build in new[] { "/bin/true", "/bin/false", unreadable, WrongBuild.Make(images.Scratch, ""), Path.Combine(images.Scratch, "nowhere"), images.Scratch })
        {
            ToolResult result = VdfsCommand.Run(Limit, ["upgrade", images.Mount, "--build", build]);
            Assert.True(result.ExitCode is Refused or 3, result.ToString());
            Assert.Equal(worker, Daemon.Status(images).GetProperty("pid").GetInt32());
        }
    }

    [Fact]
    public void A_build_that_hangs_is_given_half_a_minute_and_a_script_that_becomes_vdfs_serves()
    {
        using var images = new MountedImages();
        using IDisposable watchdog = images.AbortAfter(TimeSpan.FromMinutes(4));
        File.WriteAllText(Path.Combine(images.Mount, "disk"), "content");
        ToolResult hung = VdfsCommand.Run(Limit, ["upgrade", images.Mount, "--build", WrongBuild.Make(images.Scratch, "exec sleep 300")]);
        Assert.True(hung.ExitCode == Refused, hung.ToString());
        Assert.Equal("content", File.ReadAllText(Path.Combine(images.Mount, "disk")));
        string wrapper = WrongBuild.Make(images.Scratch, $"exec {string.Join(' ', VdfsCommand.CommandLine)} \"$@\"");
        VdfsCommand.Run(Limit, ["upgrade", images.Mount, "--build", wrapper]).Checked();
        Assert.Equal("content", File.ReadAllText(Path.Combine(images.Mount, "disk")));
        Assert.Equal(1, Daemon.Status(images).GetProperty("failedUpgrades").GetInt32());
    }
}
