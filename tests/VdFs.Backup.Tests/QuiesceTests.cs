using System.Diagnostics;
using System.IO;
using VdFs.Backup.Quiescing;
using VdFs.Backup.Tests.Fakes;
using VdFs.Core.Errors;

namespace VdFs.Backup.Tests;

public sealed class QuiesceTests : IDisposable
{
    private readonly Bench bench = new();

    public QuiesceTests()
    {
        bench.Mount.Add("a.img");
        bench.Mount.Write("a.img", 0, Bench.Noise(1, 10_000));
    }

    public void Dispose() => bench.Dispose();

    private string Log => bench.Folder("log");

    [Fact]
    public void Both_commands_run_around_the_cut_and_the_backup_says_application_consistent()
    {
        bench.Mount.OnBegun = _ => File.AppendAllText(Log, "cut\n");
        var report = Backup($"echo before $VDFS_SNAPSHOT >> {Log}", $"echo after >> {Log}", 20);
        Assert.Equal("application", report.Manifest.Consistency);
        Assert.Equal([$"before {report.Manifest.Name}", "cut", "after"], File.ReadAllLines(Log));
        using var repository = bench.Open();
        Assert.Equal(
            [("before", $"echo before $VDFS_SNAPSHOT >> {Log}", 0), ("after", $"echo after >> {Log}", 0)],
            repository.Find(null).Commands!.Select(c => (c.When, c.Command, c.ExitCode)));
    }

    [Fact]
    public void A_failing_command_before_the_cut_means_no_cut_and_the_one_after_runs_all_the_same()
    {
        bench.Mount.OnBegun = _ => File.AppendAllText(Log, "cut\n");
        var refused = Assert.Throws<BackupException>(() => Backup("exit 3", $"echo after >> {Log}", 20));
        Assert.Contains("exit code 3", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["after"], File.ReadAllLines(Log));
    }

    [Fact]
    public void A_command_that_takes_too_long_is_killed_with_all_that_it_started()
    {
        string started = bench.Folder("started");
        var refused = Assert.Throws<BackupException>(() => Backup($"sleep 600 & echo $! > {started}; sleep 600", $"echo after >> {Log}", 2));
        Assert.Equal(FsError.TimedOut, refused.Error);
        Assert.Equal(["after"], File.ReadAllLines(Log));
        string status = $"/proc/{File.ReadAllText(started).Trim()}/stat";
        Assert.True(SpinWait.SpinUntil(() => HasEnded(status), 30_000));
    }

    [Fact]
    public void A_failing_command_after_the_cut_leaves_a_whole_backup_and_is_told()
    {
        var report = Backup("true", "exit 4", 20);
        Assert.Contains("exit code 4", Assert.Single(report.Warnings), StringComparison.Ordinal);
        Assert.Equal([("before", 0), ("after", 4)], report.Manifest.Commands!.Select(c => (c.When, c.ExitCode)));
        bench.CheckAll();
    }

    [Theory]
    [InlineData(null, "true", "crash")]
    [InlineData("true", null, "application")]
    public void The_consistency_follows_from_what_ran(string? before, string? after, string consistency)
    {
        var report = Backup(before, after, 20);
        Assert.Equal(consistency, report.Manifest.Consistency);
        Assert.Equal(("true", 0), report.Manifest.Commands!.Select(c => (c.Command, c.ExitCode)).Single());
        Assert.Null(bench.Backup().Manifest.Commands);
    }

    [Fact]
    public void A_command_after_the_cut_that_is_killed_has_no_exit_code()
    {
        Assert.Null(Backup("true", "sleep 60", 0.3).Manifest.Commands![1].ExitCode);
    }

    [Fact]
    public void The_command_after_runs_if_the_cut_fails()
    {
        bench.Mount.OnBegun = _ => throw new BackupException(FsError.Busy, "no cut today");
        Assert.Throws<BackupException>(() => Backup("true", $"echo after >> {Log}", 20));
        Assert.Equal(["after"], File.ReadAllLines(Log));
    }

    private Copying.BackupReport Backup(string? before, string? after, double seconds) =>
        bench.Backup(new() { Quiesce = new QuiesceOptions(before, after, TimeSpan.FromSeconds(seconds)) });

    private static bool HasEnded(string status)
    {
        try
        {
            // A killed process is there until its parent has asked for it.
            return File.ReadAllText(status).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
