using System.IO;
using VdFs.Backup.Copying;
using VdFs.Backup.Repositories;
using VdFs.Backup.Tests.Fakes;

namespace VdFs.Backup.Tests;

public sealed class BackupCircleTests : IDisposable
{
    private readonly Bench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void The_first_backup_is_full_the_next_incremental_and_both_restore_exactly()
    {
        bench.Mount.Add("db/disk.img");
        bench.Mount.Write("db/disk.img", 0, Bench.Noise(1, 300_000));
        bench.Mount.Add("web.img");
        bench.Mount.Write("web.img", 0, Bench.Noise(2, 100_000));
        var first = bench.Backup();
        Assert.All(first.Manifest.Images, i => Assert.Equal(BackupWay.Full, i.Way));

        bench.Mount.Write("db/disk.img", 8192, Bench.Noise(3, 5000));
        var second = bench.Backup();
        Assert.Equal([BackupWay.Incremental, BackupWay.Unchanged], second.Manifest.Images.Select(i => i.Way));
        Assert.Equal(8192, second.DataBytes);
        Assert.Equal(first.Manifest.Images[1].File, second.Manifest.Images[1].File);
        bench.CheckAll();

        bench.Restore(first.Manifest.Id, bench.Folder("a"));
        bench.Restore(null, bench.Folder("b"));
        Assert.Equal(bench.Expected[first.Manifest.Id]["db/disk.img"], File.ReadAllBytes(bench.Folder("a/db/disk.img")));
        Assert.Equal(bench.Mount.Images["db/disk.img"].Content, File.ReadAllBytes(bench.Folder("b/db/disk.img")));
        Assert.Empty(bench.Mount.Held);
        Assert.Equal(second.Manifest.CutId, bench.Mount.Bases.Values.Single());
    }
}
