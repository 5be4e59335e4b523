using VdFs.Backup.Repositories;
using VdFs.Backup.Tests.Fakes;

namespace VdFs.Backup.Tests;

/// <summary>What is recorded is compared with what is there, and what isn't recorded is never missed.</summary>
public sealed class MistrustTests : IDisposable
{
    private readonly Bench bench = new();

    public MistrustTests()
    {
        bench.Mount.Add("a.img");
        bench.Mount.Write("a.img", 0, Bench.Noise(1, 400_000));
        bench.Mount.Add("b.img");
        bench.Mount.Write("b.img", 0, Bench.Noise(2, 400_000));
        bench.Backup();
    }

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.999)]
    public void A_write_past_the_mount_is_found_told_and_backed_up_in_the_same_run(double share)
    {
        bench.Mount.Images["a.img"].WriteSecretly(100_000, Bench.Noise(3, 60_000));
        var report = bench.Backup(new() { CheckShare = share });
        Assert.Equal([BackupWay.Compared, BackupWay.Unchanged], report.Manifest.Images.Select(i => i.Way));
        Assert.Equal($"{bench.Mount.StateId}-1", Assert.Single(bench.Mount.Broken));
        Assert.Single(report.Warnings);
        Assert.InRange(report.DataBytes, 60_000, 70_000);
        bench.CheckAll();
    }

    [Fact]
    public void Without_a_check_nothing_is_read_but_what_is_recorded()
    {
        bench.Mount.Write("a.img", 0, Bench.Noise(4, 4096));
        var report = bench.Backup();
        Assert.Equal(4096, report.DataBytes);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public void After_a_broken_lineage_a_rebase_stores_only_what_differs()
    {
        bench.Mount.BreakLineageAsync($"{bench.Mount.StateId}-1", "somebody said so", CancellationToken.None);
        bench.Mount.Write("a.img", 8192, Bench.Noise(5, 100));
        var report = bench.Backup(new() { Rebase = true });
        Assert.Equal(BackupWay.Compared, report.Manifest.Images[0].Way);
        Assert.Equal("somebody said so", report.Manifest.Images[0].Reason);
        Assert.Equal(4096, report.DataBytes);
        bench.CheckAll();
    }

    [Fact]
    public void Zeros_and_identical_rewrites_need_not_be_stored()
    {
        bench.Mount.Write("a.img", 0, new byte[8192]);
        bench.Mount.Write("a.img", 16384, bench.Mount.Images["a.img"].Content.AsSpan(16384, 8192).ToArray());
        Assert.Equal(8192, bench.Backup(new() { DropSame = false, DropZeros = true }).DataBytes);
        bench.Mount.Write("b.img", 0, new byte[8192]);
        bench.Mount.Write("b.img", 16384, bench.Mount.Images["b.img"].Content.AsSpan(16384, 8192).ToArray());
        Assert.Equal(0, bench.Backup(new() { DropSame = true, DropZeros = true }).DataBytes);
        bench.CheckAll();
    }

    [Fact]
    public void A_cut_that_the_mount_forgot_makes_the_next_backup_full_and_says_so()
    {
        bench.Mount.Forget(bench.Mount.Bases.Values.Single());
        var report = bench.Backup();
        Assert.All(report.Manifest.Images, i => Assert.Equal(BackupWay.Full, i.Way));
        Assert.Contains("no longer knows the cut", report.Manifest.Images[0].Reason, StringComparison.Ordinal);
    }
}
