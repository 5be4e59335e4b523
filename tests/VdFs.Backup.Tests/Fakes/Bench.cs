using System.IO;
using VdFs.Backup.Copying;
using VdFs.Backup.Repositories;
using VdFs.Backup.Restoring;
using VdFs.TestKit.Mounting;
using Repository = VdFs.Backup.Repositories.Repository;

namespace VdFs.Backup.Tests.Fakes;

/// <summary>A fake mount and a repository in a folder, and what every image was at each backup.</summary>
internal sealed class Bench : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public Bench()
    {
        Place = Path.Combine(folder.Path, "repository");
        Repository.Create(DirectoryStore.Open(Place, create: true)).Dispose();
    }

    public FakeMount Mount { get; } = new();

    public string Place { get; }

    public SilentObserver Observer { get; } = new();

    /// <summary>By backup id, then path.</summary>
    public Dictionary<string, Dictionary<string, byte[]>> Expected { get; } = [];

    public string Folder(string name) => Path.Combine(folder.Path, name);

    public Repository Open() => Repository.Open(DirectoryStore.Open(Place));

    public BackupReport Backup(BackupOptions? options = null, IRepositoryStore? store = null)
    {
        using var repository = Repository.Open(store ?? DirectoryStore.Open(Place));
        var now = Mount.Images.ToDictionary(i => i.Key, i => i.Value.Content.ToArray());
        var report = new BackupRun(Mount, repository, options ?? new BackupOptions { Jobs = 2 }, Observer).RunAsync(CancellationToken.None).GetAwaiter().GetResult();
        Expected[report.Manifest.Id] = now.Where(i => report.Manifest.Images.Any(m => m.Path.ToString() == i.Key)).ToDictionary(i => i.Key, i => i.Value);
        return report;
    }

    /// <summary>Reads every image of every backup, sums checked, and compares.</summary>
    public void CheckAll()
    {
        using var repository = Open();
        var backups = repository.Backups();
        Assert.Equal(Expected.Keys.Order(), backups.Select(b => b.Id).Order());
        foreach (var backup in backups)
        {
            Assert.Null(backup.Problem);
            var expected = Expected[backup.Id];
            Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), backup.Manifest!.Images.Select(i => i.Path.ToString()));
            foreach (var image in backup.Manifest.Images)
                CheckImage(repository, image, expected[image.Path.ToString()], backup.Id);
        }
    }

    public static void CheckImage(Repository repository, BackupImage image, byte[] expected, string backup)
    {
        Assert.Equal(expected.Length, image.Size);
        var chain = repository.OpenChain(image);
        chain.Check(null, null, CancellationToken.None);
        using var reader = ImageReader.Open(chain);
        byte[] found = new byte[expected.Length];
        Assert.Equal(Core.Errors.FsError.None, reader.Read(0, found, out int read));
        found.AsSpan(read).Clear();
        int same = found.AsSpan().CommonPrefixLength(expected);
        Assert.True(same == expected.Length, $"{image.Path} of {backup} differs at byte {same}");
    }

    public void Restore(string? backup, string target, params string[] images)
    {
        using var repository = Open();
        var manifest = repository.Find(backup);
        new RestoreRun(repository, manifest, new RestoreOptions(), Observer).IntoFolder(RestoreRun.Choose(manifest, images), target, CancellationToken.None);
    }

    public static byte[] Noise(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public void Dispose()
    {
        Mount.Dispose();
        folder.Dispose();
    }
}
