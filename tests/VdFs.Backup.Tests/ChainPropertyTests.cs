using VdFs.Backup.Copying;
using VdFs.Backup.Pruning;
using VdFs.Backup.Tests.Fakes;
using VdFs.Backup.Verifying;

namespace VdFs.Backup.Tests;

/// <summary>A chain of random incrementals: every point restores exactly, before and after every kind of prune.</summary>
public sealed class ChainPropertyTests
{
    [Theory]
    [InlineData(1, 0.0, false)]
    [InlineData(2, 0.25, false)]
    [InlineData(3, 0.0, true)]
    [InlineData(4, 0.5, true)]
    [InlineData(5, 100, false)]
    public void Thirty_random_incrementals_restore_exactly_before_and_after_every_kind_of_prune(int seed, double mergeFullAbove, bool same)
    {
        using var bench = new Bench();
        var random = new RandomImages(bench.Mount, seed);
        for (int i = 0; i < 30; i++)
        {
            random.Change();
            bench.Backup(new() { Jobs = 2, DropSame = same, CheckShare = i % 7 == 3 ? 0.5 : 0, Rebase = i % 2 == 0 });
        }
        bench.CheckAll();
        Prune(bench, new() { Daily = 25, Last = 20 }, mergeFullAbove);
        Prune(bench, new() { Daily = 6, Weekly = 3 }, mergeFullAbove);
        random.Change();
        bench.Backup();
        Prune(bench, new() { Monthly = 2, Last = 3 }, mergeFullAbove);
        Prune(bench, new() { Last = 1 }, 0);
        Assert.Single(bench.Expected);
        using var repository = bench.Open();
        Assert.Empty(new VerifyRun(repository, bench.Observer).Run(null, null, CancellationToken.None).Findings);
    }

    private static void Prune(Bench bench, KeepPolicy policy, double mergeFullAbove)
    {
        using (var repository = bench.Open())
        {
            var report = new PruneRun(repository, new() { Policy = policy, MergeFullAbove = mergeFullAbove }, bench.Observer).Run(CancellationToken.None);
            Assert.Empty(report.Problems);
            foreach (var gone in report.Backups.Where(b => b.Reason.Length == 0))
                Assert.True(bench.Expected.Remove(gone.Backup));
        }
        Assert.NotEmpty(bench.Expected);
        bench.CheckAll();
        bench.CheckNothingIsLeftOver();
    }
}
