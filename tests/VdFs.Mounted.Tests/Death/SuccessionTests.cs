using System.Globalization;
using System.IO;
using System.Text.Json;
using VdFs.Mounted.Tests.Backups;

namespace VdFs.Mounted.Tests.Death;

/// <summary>Commands while a worker is being replaced, and when nothing would replace it.</summary>
public sealed class SuccessionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    [Fact]
    public void Commands_wait_while_a_worker_is_being_replaced()
    {
        using var images = new MountedImages();
        using IDisposable watchdog = images.AbortAfter(Limit);
        File.WriteAllText(Path.Combine(images.Mount, "disk"), "content");
        var daemon = new Daemon(images);
        string disk = Path.Combine(images.Mount, "disk");
        string[][] commands =
        [
            ["status", images.Mount], ["snapshot", "create", images.Mount, "a"], ["snapshot", "list", images.Mount], ["snapshot", "rename", images.Mount, "a", "b"],
            ["changes", disk, "--from", "b"], ["set", images.Mount, "--when-full", "fail"], ["snapshot", "release", images.Mount, "b"], ["snapshot", "delete", images.Mount, "b"],
        ];
        int deaths = 0;
        foreach (string[] command in commands)
        {
            daemon.KillWorker();
            VdfsCommand.Run(command).Checked();
            daemon.WaitForSuccession(++deaths);
        }
    }

    [Fact]
    public void A_backup_survives_a_workers_death_at_any_moment_of_it()
    {
        using var world = new RepositoryWorld();
        MountedImages images = world.Images;
        using IDisposable watchdog = images.AbortAfter(Limit);
        Tool.Bash($"head -c 9000000 /dev/urandom > '{images.Mount}/a'; head -c 3000000 /dev/urandom > '{images.Mount}/b'").Checked();
        world.BackUp();
        var daemon = new Daemon(images);
        // At the cut, between the commands around it, while it is copied, and at random.
        string worker = $"kill -9 $({string.Join(' ', VdfsCommand.CommandLine)} status '{images.Mount}' --json | grep -o '\"pid\":[0-9]*' | head -n 1 | cut -d: -f2)";
        int deaths = 0;
        foreach (string[] options in new[] { new[] { "--before", worker }, ["--after", worker] })
        {
            Tool.Bash($"head -c 500000 /dev/urandom | dd of='{images.Mount}/a' conv=notrunc bs=4k seek={deaths * 7} status=none").Checked();
            VdfsCommand.Run(Limit, ["backup", images.Mount, world.Repository, .. options]).Checked();
            daemon.WaitForSuccession(++deaths);
        }
        for (int delay = 200; delay <= 1400; delay += 400)
        {
            Tool.Bash($"head -c 500000 /dev/urandom | dd of='{images.Mount}/a' conv=notrunc bs=4k seek={deaths * 7} status=none").Checked();
            using var backup = new BackgroundTool("bash", ["-c", $"exec {string.Join(' ', VdfsCommand.CommandLine)} backup '{images.Mount}' '{world.Repository}' --limit 400K"]);
            Thread.Sleep(delay);
            daemon.KillWorker();
            daemon.WaitForSuccession(++deaths);
            Assert.True(backup.WaitForExit(Limit) == 0, string.Join('\n', backup.Lines));
        }
        world.Verify();
        JsonElement last = world.BackUp();
        Assert.All(last.GetProperty("images").EnumerateArray(), i => Assert.NotEqual("full", i.GetProperty("way").GetString()));
        world.LeavesNothing();
    }

    [Fact]
    public void Without_a_supervisor_mount_and_status_say_so_and_what_helps()
    {
        using var images = new MountedImages();
        using IDisposable watchdog = images.AbortAfter(Limit);
        File.WriteAllText(Path.Combine(images.Mount, "disk"), "content");
        var daemon = new Daemon(images);
        Native.Signal(daemon.Supervisor, 9);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (Daemon.Status(images).GetProperty("holder").GetString() != "none")
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "the worker doesn't notice");
        ToolResult again = VdfsCommand.Run("mount", images.Backing, images.Mount, "--state", images.State);
        Assert.Equal(4, again.ExitCode);
        Assert.Contains("Its supervisor died", again.Error, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"vdfs unmount {images.Mount}"), again.Error, StringComparison.Ordinal);
        string shown = string.Join(' ', VdfsCommand.Run("status", images.Mount).Checked().Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("Its supervisor died", shown, StringComparison.Ordinal);
        // What it says helps.
        images.Unmount();
        images.MountAgain();
        Assert.Equal("content", File.ReadAllText(Path.Combine(images.Mount, "disk")));
        Assert.Equal("supervisor", Daemon.Status(images).GetProperty("holder").GetString());
    }
}
