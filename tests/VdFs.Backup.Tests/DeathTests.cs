using VdFs.Backup.Pruning;
using VdFs.Backup.Repositories;
using VdFs.Backup.Tests.Fakes;
using VdFs.Backup.Verifying;

namespace VdFs.Backup.Tests;

/// <summary>Backups and prunes that die, or find no space, at every step that they take.</summary>
public sealed class DeathTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_backup_that_ends_at_any_step_leaves_all_others_whole_and_the_next_is_incremental(int kind)
    {
        using var bench = new Bench();
        var random = new RandomImages(bench.Mount, 7);
        bench.Backup(new() { Jobs = 1 });
        int deaths = 0;
        for (int step = 0; ; step++)
        {
            bench.Mount.Write(bench.Mount.Images.Keys.First(), 0, Bench.Noise(step, 5000));
            string second = bench.Mount.Images.Keys.Skip(1).First();
            bench.Mount.Write(second, 4096, Bench.Noise(step, 9000));
            var store = new DyingStore(DirectoryStore.Open(bench.Place), step, (DeathKind)kind);
            if (!Dies(() => bench.Backup(new() { Jobs = 1 }, store)))
                break;
            deaths++;
            // The backup may have come to be: then it is whole.
            using (var repository = bench.Open())
            {
                foreach (var late in repository.Backups().Where(b => !bench.Expected.ContainsKey(b.Id)))
                    bench.Expected[late.Id] = bench.Mount.Images.ToDictionary(i => i.Key, i => i.Value.Content.ToArray());
            }
            bench.CheckAll();
            bench.Mount.Write(second, 8192, Bench.Noise(step + 1000, 100));
            var next = bench.Backup(new() { Jobs = 1 });
            Assert.DoesNotContain(next.Manifest.Images, i => i.Way == BackupWay.Full);
            bench.CheckNothingIsLeftOver();
        }
        Assert.True(deaths > 10, $"{deaths} deaths");
        bench.CheckAll();
        Assert.Empty(bench.Mount.Held);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_prune_that_ends_at_any_step_leaves_all_that_stays_whole(int kind)
    {
        int deaths = 0;
        for (int step = 0; ; step += 1)
        {
            using var bench = new Bench();
            bench.Mount.Add("a.img");
            bench.Mount.Write("a.img", 0, Bench.Noise(1, 100_000));
            for (int i = 0; i < 4; i++)
            {
                bench.Backup(new() { Jobs = 1 });
                bench.Mount.Write("a.img", i * 4096, Bench.Noise(i, 5000));
            }
            bool died = false;
            using (var repository = Repository.Open(new DyingStore(DirectoryStore.Open(bench.Place), step, (DeathKind)kind)))
                died = Dies(() => new PruneRun(repository, new() { Policy = new() { Last = 2 }, MergeFullAbove = 0 }, bench.Observer).Run(CancellationToken.None));
            using (var repository = bench.Open())
            {
                var there = repository.Backups().Select(b => b.Id).ToHashSet();
                Assert.Subset(there, bench.Expected.Keys.TakeLast(2).ToHashSet());
                foreach (string gone in bench.Expected.Keys.Where(k => !there.Contains(k)).ToList())
                    bench.Expected.Remove(gone);
                Assert.Empty(new VerifyRun(repository, bench.Observer).Run(null, null, CancellationToken.None).Findings);
            }
            bench.CheckAll();
            bench.Backup(new() { Jobs = 1 });
            bench.CheckAll();
            bench.CheckNothingIsLeftOver();
            if (!died)
                break;
            deaths++;
        }
        Assert.True(deaths > 10, $"{deaths} deaths");
    }

    private static bool Dies(Action action)
    {
        try
        {
            action();
            return false;
        }
        catch (Exception e) when (e is DeathException || (e is BackupException { Error: Core.Errors.FsError.NoSpace }) || e.InnerException is DeathException)
        {
            return true;
        }
    }
}
