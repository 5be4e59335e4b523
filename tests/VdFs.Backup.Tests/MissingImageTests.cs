using System.IO;
using VdFs.Backup.Pruning;
using VdFs.Backup.Repositories;
using VdFs.Backup.Tests.Fakes;
using VdFs.Backup.Verifying;

namespace VdFs.Backup.Tests;

/// <summary>An image that can't be read is missing in a backup, and costs the others nothing: they stay incremental, however long that lasts.</summary>
public sealed class MissingImageTests : IDisposable
{
    private readonly Bench bench = new();

    public MissingImageTests()
    {
        foreach (string name in new[] { "a.img", "b.img" })
        {
            bench.Mount.Add(name);
            bench.Mount.Write(name, 0, Bench.Noise(name[0], 400_000));
        }
    }

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_other_images_stay_incremental(bool wholeBefore)
    {
        if (wholeBefore)
            bench.Backup();
        LoseB();
        for (int night = 0; night < 3; night++)
        {
            bench.Mount.Write("a.img", night * 8192, Bench.Noise(night, 4096));
            bench.Mount.Write("b.img", night * 8192, Bench.Noise(night, 4096));
            BackupManifest manifest = bench.Backup().Manifest;
            Assert.Equal("b.img", Assert.Single(manifest.Missing).Path.ToString());
            Assert.Equal(night == 0 && !wholeBefore ? BackupWay.Full : BackupWay.Incremental, Assert.Single(manifest.Images).Way);
        }
        bench.Mount.OnBegun = null;
        for (int night = 0; night < 2; night++)
        {
            bench.Mount.Write("a.img", 100_000, Bench.Noise(10 + night, 4096));
            bench.Mount.Write("b.img", 100_000, Bench.Noise(10 + night, 4096));
            BackupManifest manifest = bench.Backup().Manifest;
            Assert.Empty(manifest.Missing);
            Assert.Equal([BackupWay.Incremental, night == 0 && !wholeBefore ? BackupWay.Full : BackupWay.Incremental], manifest.Images.Select(i => i.Way));
        }
        bench.CheckAll();
        bench.CheckNothingIsLeftOver();
    }

    [Fact]
    public void A_broken_backup_costs_no_complete_one_and_is_not_the_latest()
    {
        for (int night = 0; night < 3; night++)
        {
            bench.Mount.Write("a.img", 0, Bench.Noise(night, 4096));
            bench.Mount.Write("b.img", 0, Bench.Noise(night, 4096));
            bench.Backup();
        }
        LoseB();
        var broken = bench.Backup().Manifest;
        using var repository = bench.Open();
        var told = new List<string>();
        var latest = repository.Find("latest", told.Add);
        Assert.Equal(repository.Backups()[2].Id, latest.Id);
        Assert.Equal(latest.Id, repository.Find(null).Id);
        Assert.Contains($"{broken.Id} is newer and lacks 1 of its images", Assert.Single(told), StringComparison.Ordinal);

        var verified = new VerifyRun(repository, bench.Observer).Run(null, null, CancellationToken.None);
        Assert.Equal((broken.Id, "b.img", VerifyFinding.Missing), verified.Findings.Select(f => (f.Backup, f.Image, f.Kind)).Single());

        var report = new PruneRun(repository, new() { Policy = new() { Last = 1 } }, bench.Observer).Run(CancellationToken.None);
        Assert.Equal(["", "", "last for 1 of 2 images", "newest, last"], report.Backups.Select(b => b.Reason));
        foreach (var gone in report.Backups.Where(b => b.Reason.Length == 0))
            bench.Expected.Remove(gone.Backup);
        bench.CheckAll();
        bench.CheckNothingIsLeftOver();
    }

    [Fact]
    public void Without_a_complete_backup_the_latest_is_the_newest_that_has_images()
    {
        bench.Backup(new() { Patterns = ["a.img"] });
        using var repository = bench.Open();
        Assert.Equal(["a.img"], repository.Find(null).Images.Select(i => i.Path.ToString()));
        LoseB();
        bench.Backup();
        // Of a selection, and complete.
        Assert.Equal(["a.img"], repository.Find(null).Selection);
        bench.Mount.OnBegun = null;
        bench.Backup();
        string whole = repository.Find(null).Id;
        Assert.Equal(repository.Backups()[^1].Id, whole);
        bench.Mount.Images.Clear();
        bench.Backup();
        var told = new List<string>();
        Assert.Equal(whole, repository.Find("latest", told.Add).Id);
        Assert.Contains("is newer and is empty", Assert.Single(told), StringComparison.Ordinal);
    }

    /// <summary>The mount says nothing about it, as of one that is lost.</summary>
    private void LoseB() => bench.Mount.OnBegun = cut =>
    {
        foreach (string told in Directory.GetFiles(Path.Combine(bench.Mount.MountPoint, ".snapshots"), "b.img@*", SearchOption.AllDirectories))
            File.Delete(told);
    };
}
