using System.IO;
using VdFs.Backup.Repositories;
using VdFs.Backup.Tests.Fakes;

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
        // The mount says nothing about it, as of one that is lost.
        bench.Mount.OnBegun = cut =>
        {
            foreach (string told in Directory.GetFiles(Path.Combine(bench.Mount.MountPoint, ".snapshots"), "b.img@*", SearchOption.AllDirectories))
                File.Delete(told);
        };
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
}
