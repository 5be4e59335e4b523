using System.IO;
using System.Security.Cryptography;
using VdFs.Backup.Pruning;
using VdFs.Backup.Repositories;
using VdFs.Backup.Restoring;
using VdFs.Backup.Tests.Fakes;
using VdFs.Backup.Verifying;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;
using Repository = VdFs.Backup.Repositories.Repository;

namespace VdFs.Backup.Tests;

/// <summary>A repository that a released version made is listed, verified, restored and pruned as that version would have.</summary>
public sealed class ReleasedRepositoryTests : IDisposable
{
    private static readonly string Fixture = Path.Combine(TestKit.Mounting.Repository.Root, "tests/fixtures/repository-0.1");

    private readonly TemporaryFolder folder = new();
    private readonly Repository repository;

    public ReleasedRepositoryTests()
    {
        string place = folder.Folder("repository");
        Tool.Run("tar", "-xzf", Fixture + ".tar.gz", "-C", place).Checked();
        repository = Repository.Open(DirectoryStore.Open(place));
    }

    public void Dispose()
    {
        repository.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Its_backups_are_listed_and_whole()
    {
        var backups = repository.Backups();
        Assert.Equal([20, 21, 22, 23], backups.Select(b => b.Manifest!.Taken.Day));
        Assert.All(backups, b => Assert.Equal((b.Manifest!.Time, TimeSpan.Zero, null), (b.Manifest.Taken, b.Manifest.Taken.Offset, b.Manifest.Commands)));
        Assert.Equal([BackupWay.Unchanged, BackupWay.Incremental, BackupWay.Incremental], backups[1].Manifest!.Images.Select(i => i.Way).Order().Reverse());
        Assert.Empty(new VerifyRun(repository, new SilentObserver()).Run(null, null, CancellationToken.None).Findings);
        CheckAll();
    }

    [Theory]
    [InlineData(1, "23")]
    [InlineData(2, "21 22 23")]
    [InlineData(4, "20 21 22 23")]
    public void It_is_pruned_per_image(int daily, string stay)
    {
        // Of the 22nd there is only db: for the others, the second day is the 21st.
        var report = new PruneRun(repository, new() { Policy = new() { Daily = daily }, MergeFullAbove = 0 }, new SilentObserver()).Run(CancellationToken.None);
        Assert.Empty(report.Problems);
        Assert.Equal(stay, string.Join(' ', repository.Backups().Select(b => b.Manifest!.Taken.Day)));
        CheckAll();
        Assert.Empty(new VerifyRun(repository, new SilentObserver()).Run(null, null, CancellationToken.None).Findings);
    }

    private void CheckAll()
    {
        var expected = File.ReadAllLines(Fixture + ".expected").ToLookup(l => l.Split(' ')[2]);
        foreach (var backup in repository.Backups())
        {
            string target = folder.Folder(backup.Id);
            new RestoreRun(repository, backup.Manifest!, new(), new SilentObserver()).IntoFolder(RestoreRun.Choose(backup.Manifest!, []), target, CancellationToken.None);
            string day = $"{backup.Manifest!.Taken.Day}";
            Assert.Equal(
                expected[day].Order(),
                Directory.GetFiles(target, "*", SearchOption.AllDirectories).Select(f => $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(f)))}  {day} {Path.GetRelativePath(target, f)}").Order());
            Directory.Delete(target, recursive: true);
        }
    }
}
