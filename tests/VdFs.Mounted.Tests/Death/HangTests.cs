using System.Globalization;
using System.IO;

namespace VdFs.Mounted.Tests.Death;

/// <summary>A worker that lives and does nothing any more is replaced like one that died.</summary>
public sealed class HangTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FioLimit = TimeSpan.FromMinutes(2);

    [Fact]
    public void Clients_notice_nothing_but_a_pause_when_a_worker_that_hangs_is_replaced()
    {
        using var images = new MountedImages("--hang-limit", "6");
        using IDisposable watchdog = images.AbortAfter(Limit);
        var daemon = new Daemon(images);
        FioLoad.Make(images, "exact.img", 128 << 20);
        images.Cut("base");
        using var load = new FioLoad(images, "exact.img", 1, "--time_based", "--runtime=3600");
        using var names = new NameLoad(Path.Combine(images.Mount, "names"), 1);
        for (int i = 1; i <= 2; i++)
        {
            // A process that runs, under load, is left alone.
            Thread.Sleep(TimeSpan.FromSeconds(9));
            Assert.Equal(i - 1, daemon.Pauses().Count);
            Tool.Run("kill", "-STOP", daemon.Worker.ToString(CultureInfo.InvariantCulture)).Checked();
            daemon.WaitForSuccession(i);
        }
        names.Finish();
        load.Stop(FioLimit);
        load.CheckRecord("base");
        Assert.Equal(2, Daemon.Status(images).GetProperty("hangs").GetInt32());
        Assert.Contains("the worker was replaced twice because it hung", string.Join(' ', VdfsCommand.Run("status", images.Mount).Checked().Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Contains("has shown no life for 6 seconds", File.ReadAllText(Path.Combine(images.State, "vdfs.log")), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_limit_a_worker_that_is_stopped_is_waited_for()
    {
        using var images = new MountedImages("--hang-limit", "0");
        using IDisposable watchdog = images.AbortAfter(Limit);
        var daemon = new Daemon(images);
        string worker = daemon.Worker.ToString(CultureInfo.InvariantCulture);
        Tool.Run("kill", "-STOP", worker).Checked();
        Thread.Sleep(TimeSpan.FromSeconds(5));
        Tool.Run("kill", "-CONT", worker).Checked();
        Assert.Equal(0, Daemon.Status(images).GetProperty("restarts").GetInt32());
    }
}
