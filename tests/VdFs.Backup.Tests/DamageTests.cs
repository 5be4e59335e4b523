using System.IO;
using VdFs.Backup.Pruning;
using VdFs.Backup.Repositories;
using VdFs.Backup.Tests.Fakes;
using VdFs.Backup.Verifying;

namespace VdFs.Backup.Tests;

/// <summary>Each file of a repository in turn truncated, flipped, missing: what it belongs to says so clearly, and all else stays usable.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly Bench bench = new();

    public DamageTests()
    {
        foreach (string path in new[] { "a.img", "b.img" })
        {
            bench.Mount.Add(path);
            bench.Mount.Write(path, 0, Bench.Noise(path[0], 200_000));
        }
        bench.Backup();
        bench.Mount.Write("a.img", 4096, Bench.Noise(5, 9000));
        bench.Backup();
        bench.Mount.Write("b.img", 8192, Bench.Noise(6, 9000));
        bench.Backup();
    }

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData("truncated")]
    [InlineData("flipped at its start")]
    [InlineData("flipped in its middle")]
    [InlineData("flipped at its end")]
    [InlineData("missing")]
    [InlineData("empty")]
    [InlineData("a folder")]
    [InlineData("a link")]
    public void Every_damaged_file_is_noticed_and_harms_nothing_else(string damage)
    {
        string[] files = [.. Directory.GetFiles(bench.Place, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock")];
        Assert.Equal(1 + 3 + (2 * 4), files.Length);
        foreach (string file in files)
        {
            byte[] whole = File.ReadAllBytes(file);
            Damage(file, whole, damage);
            try
            {
                CheckDamaged(file);
            }
            finally
            {
                if (Directory.Exists(file))
                    Directory.Delete(file);
                File.Delete(file);
                File.WriteAllBytes(file, whole);
            }
        }
        bench.CheckAll();
    }

    [Fact]
    public void A_base_that_is_damaged_makes_the_next_backup_full_and_says_why()
    {
        string file = Directory.GetFiles(bench.Place, "b.img@*.qcow2", SearchOption.AllDirectories).Order().Last();
        File.Delete(file);
        var report = bench.Backup();
        Assert.Equal([BackupWay.Unchanged, BackupWay.Full], report.Manifest.Images.Select(i => i.Way));
        Assert.Contains("can't be built upon", report.Manifest.Images[1].Reason, StringComparison.Ordinal);
        Bench.CheckImage(bench.Open(), report.Manifest.Images[1], bench.Mount.Images["b.img"].Content, "the new one");
    }

    [Fact]
    public void A_prune_refuses_to_guess_what_a_damaged_backup_needs_and_can_give_it_up()
    {
        string manifest = Directory.GetFiles(Path.Combine(bench.Place, "backups")).Order().Skip(1).First();
        File.WriteAllText(manifest, "{}");
        using var repository = bench.Open();
        var policy = new KeepPolicy { Last = 1 };
        Assert.Throws<DamagedException>(() => new PruneRun(repository, new() { Policy = policy }, bench.Observer).Run(CancellationToken.None));
        bench.Expected.Remove(Path.GetFileNameWithoutExtension(manifest));
        new PruneRun(repository, new() { RemoveDamaged = true }, bench.Observer).Run(CancellationToken.None);
        bench.CheckAll();
        bench.CheckNothingIsLeftOver();
    }

    [Fact]
    public void A_backup_of_a_newer_version_is_not_given_up_as_damaged()
    {
        string file = Directory.GetFiles(Path.Combine(bench.Place, "backups")).Order().First();
        using var repository = bench.Open();
        string id = Path.GetFileNameWithoutExtension(file);
        File.WriteAllBytes(file, SealedJson.Write(repository.Load(id) with { Version = 99 }, RepositoryJson.Default.BackupManifest));
        var refused = Assert.Throws<BackupException>(() => new PruneRun(repository, new() { RemoveDamaged = true, Policy = new() { Last = 1 } }, bench.Observer).Run(CancellationToken.None));
        Assert.Contains("use a newer one", refused.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(file));
    }

    private static void Damage(string file, byte[] whole, string damage)
    {
        byte[] changed = [.. whole];
        switch (damage)
        {
            case "truncated":
                File.WriteAllBytes(file, whole[..^1]);
                break;
            case "flipped at its start":
                changed[20] ^= 1;
                File.WriteAllBytes(file, changed);
                break;
            case "flipped in its middle":
                changed[changed.Length / 2] ^= 0x10;
                File.WriteAllBytes(file, changed);
                break;
            case "flipped at its end":
                changed[^1] ^= 1;
                File.WriteAllBytes(file, changed);
                break;
            case "missing":
                File.Delete(file);
                break;
            case "empty":
                File.WriteAllBytes(file, []);
                break;
            case "a folder":
                File.Delete(file);
                Directory.CreateDirectory(file);
                break;
            default:
                File.Delete(file);
                File.CreateSymbolicLink(file, "/etc/passwd");
                break;
        }
    }

    private void CheckDamaged(string file)
    {
        if (Path.GetFileName(file) == "vdfs-repository.json")
        {
            var refused = Assert.ThrowsAny<BackupException>(() => bench.Open().Dispose());
            Assert.Contains("vdfs-repository.json", refused.Message, StringComparison.Ordinal);
            return;
        }
        using var repository = bench.Open();
        var findings = new VerifyRun(repository, bench.Observer).Run(null, null, CancellationToken.None).Findings;
        // Without its manifest a backup isn't there; that is seen only if it alone had some file.
        bool manifestGone = file.Contains("/backups/", StringComparison.Ordinal) && !File.Exists(file);
        Assert.True(findings.Count > 0 || manifestGone, $"{file} was damaged, and nobody noticed");
        var harmed = findings.Where(f => f.Backup is not null).Select(f => (f.Backup, f.Image)).ToHashSet();
        foreach (var backup in repository.Backups())
        {
            if (backup.Manifest is null)
            {
                Assert.Contains((backup.Id, null), harmed);
                continue;
            }
            foreach (var image in backup.Manifest.Images)
            {
                var expected = bench.Expected[backup.Id][image.Path.ToString()];
                if (harmed.Contains((backup.Id, image.Path.ToString())))
                    Assert.ThrowsAny<BackupException>(() => Bench.CheckImage(repository, image, expected, backup.Id));
                else
                    Bench.CheckImage(repository, image, expected, backup.Id);
            }
        }
        // What doesn't lie in the damaged file is none the worse.
        string image2 = Path.GetFileName(file).StartsWith("a.img", StringComparison.Ordinal) ? "b.img" : "a.img";
        if (file.Contains("/images/", StringComparison.Ordinal))
            Assert.DoesNotContain(harmed, h => h.Image == image2);
        else
            Assert.True(harmed.Count <= 1, string.Join(", ", harmed));
    }
}
