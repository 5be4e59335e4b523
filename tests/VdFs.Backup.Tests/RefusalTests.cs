using System.IO;
using System.Text;
using VdFs.Backup.Copying;
using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;
using VdFs.Backup.Restoring;
using VdFs.Backup.Tests.Fakes;
using VdFs.Core.Errors;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;
using Repository = VdFs.Backup.Repositories.Repository;

namespace VdFs.Backup.Tests;

/// <summary>Bad input: told clearly, before anything is harmed.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly Bench bench = new();

    public RefusalTests()
    {
        bench.Mount.Add("a.img");
        bench.Mount.Write("a.img", 0, Bench.Noise(1, 100_000));
        bench.Backup();
    }

    public void Dispose() => bench.Dispose();

    [Fact]
    public void What_is_no_repository_is_refused()
    {
        Directory.CreateDirectory(bench.Folder("empty"));
        Assert.Equal(FsError.NotFound, Assert.Throws<BackupException>(() => Repository.Open(DirectoryStore.Open(bench.Folder("empty")))).Error);
        Assert.Equal(FsError.NotFound, Assert.Throws<BackupException>(() => DirectoryStore.Open(bench.Folder("nothing"))).Error);
        Assert.Equal(FsError.AlreadyExists, Assert.Throws<BackupException>(() => Repository.Create(DirectoryStore.Open(bench.Place))).Error);
        File.WriteAllText(bench.Folder("empty/file"), "");
        Assert.Equal(FsError.AlreadyExists, Assert.Throws<BackupException>(() => Repository.Create(DirectoryStore.Open(bench.Folder("empty")))).Error);
    }

    [Fact]
    public void A_foreign_directory_is_left_as_it_was()
    {
        string foreign = Directory.CreateDirectory(bench.Folder("foreign")).FullName;
        foreach (string there in new[] { "file", "folder/", "lock", "temporary/notes.txt" })
        {
            string path = Path.Combine(foreign, there);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (!there.EndsWith('/'))
                File.WriteAllText(path, "mine");
            string[] before = Directory.GetFileSystemEntries(foreign, "*", SearchOption.AllDirectories);
            Assert.Equal(FsError.AlreadyExists, Assert.Throws<BackupException>(() => Repository.OpenOrCreate(DirectoryStore.Open(foreign))).Error);
            Assert.Equal(before, Directory.GetFileSystemEntries(foreign, "*", SearchOption.AllDirectories));
            Directory.Delete(foreign, recursive: true);
            Directory.CreateDirectory(foreign);
        }
    }

    [Fact]
    public void A_repository_can_be_begun_again_whatever_became_of_the_first_time()
    {
        using (var there = Repository.OpenOrCreate(DirectoryStore.Open(bench.Place)))
            Assert.Single(there.Backups());
        // A new ext4, and what a power cut in the midst of it leaves.
        string place = Directory.CreateDirectory(bench.Folder("new/lost+found")).Parent!.FullName;
        File.WriteAllText(place + "/lock", "");
        Directory.CreateDirectory(place + "/temporary");
        File.WriteAllText(place + "/temporary/0123456789abcdef", "{\"sha");
        using (var begun = Repository.OpenOrCreate(DirectoryStore.Open(place)))
            Assert.Empty(begun.Backups());
        Assert.Empty(Directory.GetFiles(place + "/temporary"));
        using var again = Repository.OpenOrCreate(DirectoryStore.Open(place));
        Assert.Empty(again.Backups());
    }

    [Fact]
    public void Images_of_another_mount_are_refused_unless_they_are_adopted()
    {
        using var other = new FakeMount { StateId = "ffffffffffffffffffffffffffffffff", Step = TimeSpan.FromHours(7) };
        other.Add("a.img");
        other.Write("a.img", 0, Bench.Noise(1, 100_000));
        using var repository = bench.Open();
        var refused = Assert.Throws<BackupException>(() => Run(other, repository, new()));
        Assert.Contains("--adopt", refused.Message, StringComparison.Ordinal);
        Assert.Empty(other.Held);
        var report = Run(other, repository, new() { Adopt = true, Rebase = true });
        Assert.Equal(BackupWay.Compared, report.Manifest.Images[0].Way);
        Assert.Equal(0, report.DataBytes);
    }

    [Fact]
    public void A_second_writer_is_refused_and_readers_are_not()
    {
        using var repository = bench.Open();
        using (repository.Store.Lock())
        {
            Assert.Equal(FsError.Busy, Assert.Throws<BackupException>(() => bench.Backup()).Error);
            bench.CheckAll();
        }
        bench.Backup();
    }

    [Fact]
    public void A_cancelled_backup_leaves_nothing_behind()
    {
        bench.Mount.Write("a.img", 0, Bench.Noise(9, 50_000));
        using var cancel = new CancellationTokenSource();
        bench.Mount.OnBegun = _ => cancel.Cancel();
        using (var repository = bench.Open())
            Assert.ThrowsAny<OperationCanceledException>(() => new BackupRun(bench.Mount, repository, new(), bench.Observer).RunAsync(cancel.Token).GetAwaiter().GetResult());
        Assert.Empty(bench.Mount.Held);
        bench.CheckNothingIsLeftOver();
        bench.Mount.OnBegun = null;
        Assert.Equal(BackupWay.Incremental, bench.Backup().Manifest.Images[0].Way);
        bench.CheckAll();
    }

    [Fact]
    public void A_repository_without_room_or_that_is_read_only_keeps_what_it_has()
    {
        string place = bench.Folder("small");
        Directory.CreateDirectory(place);
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place).Checked();
        try
        {
            using var repository = Repository.Create(DirectoryStore.Open(place));
            Run(bench.Mount, repository, new());
            bench.Mount.Write("a.img", 0, Bench.Noise(9, 2_000_000));
            Assert.Equal(FsError.NoSpace, Assert.Throws<BackupException>(() => Run(bench.Mount, repository, new())).Error);
            Bench.CheckImage(repository, repository.Find(null).Images[0], bench.Expected.Values.First()["a.img"], "the first");
            bench.Mount.Images["a.img"].Resize(50_000, bench.Mount.Generation);
            Assert.Equal(BackupWay.Incremental, Run(bench.Mount, repository, new()).Manifest.Images[0].Way);
            Tool.Run("mount", "-o", "remount,ro", place).Checked();
            Assert.Equal(FsError.ReadOnly, Assert.Throws<BackupException>(() => Run(bench.Mount, repository, new())).Error);
            Bench.CheckImage(repository, repository.Find(null).Images[0], bench.Mount.Images["a.img"].Content, "the newest");
        }
        finally
        {
            Tool.Run("umount", place).Checked();
        }
    }

    [Fact]
    public void Names_with_everything_but_a_slash_come_back()
    {
        foreach (string name in new[] { " ", "a b\nc", "..a", "@x@", "-", "*?[", "ü\u202e", new string('n', 255), $"{new string('d', 255)}/{new string('e', 240)}" })
        {
            bench.Mount.Add(name);
            bench.Mount.Write(name, 0, Encoding.UTF8.GetBytes(name));
        }
        var report = bench.Backup();
        Assert.Equal(10, report.Manifest.Images.Count);
        bench.Restore(null, bench.Folder("all"));
        foreach (var (name, image) in bench.Mount.Images)
            Assert.Equal(image.Content, File.ReadAllBytes(Path.Combine(bench.Folder("all"), name)));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("a/./b")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("nul\0nul")]
    public void Paths_that_lead_outside_are_no_paths(string path)
    {
        Assert.False(RelativePath.TryParse(Encoding.UTF8.GetBytes(path), out _));
        using var repository = bench.Open();
        var manifest = repository.Find(null);
        byte[] written = SealedJson.Write(manifest, RepositoryJson.Default.BackupManifest);
        string text = Encoding.UTF8.GetString(written).Replace("\"a.img\"", System.Text.Json.JsonSerializer.Serialize(path), StringComparison.Ordinal);
        string content = text[(text.IndexOf("content", StringComparison.Ordinal) + 9)..^2];
        string sum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(content)));
        File.WriteAllText(Path.Combine(bench.Place, "backups", manifest.Id + ".json"), $"{{\"sha256\":\"{sum}\",\"content\":{content}}}\n");
        Assert.Throws<DamagedException>(() => repository.Find(null));
    }

    [Fact]
    public void A_restore_follows_no_link_out_of_its_target()
    {
        bench.Mount.Images["sub/b.img"] = bench.Mount.Images["a.img"];
        bench.Backup();
        Directory.CreateDirectory(bench.Folder("target"));
        Directory.CreateDirectory(bench.Folder("elsewhere"));
        File.CreateSymbolicLink(bench.Folder("target/sub"), bench.Folder("elsewhere"));
        Assert.Throws<BackupException>(() => bench.Restore(null, bench.Folder("target")));
        Assert.Empty(Directory.GetFileSystemEntries(bench.Folder("elsewhere")));
    }

    [Fact]
    public void A_file_that_exists_or_is_in_use_is_not_replaced()
    {
        using var repository = bench.Open();
        var manifest = repository.Find(null);
        string target = bench.Folder("disk.img");
        var run = new RestoreRun(repository, manifest, new(), bench.Observer);
        run.ToFile(manifest.Images[0], target, CancellationToken.None);
        Assert.Equal(FsError.AlreadyExists, Assert.Throws<BackupException>(() => run.ToFile(manifest.Images[0], target, CancellationToken.None)).Error);
        var forced = new RestoreRun(repository, manifest, new() { Force = true }, bench.Observer);
        forced.ToFile(manifest.Images[0], target, CancellationToken.None);
        using (var user = new BackgroundTool("bash", ["-c", $"exec 5<{target}; echo open; sleep 60"]))
        {
            user.WaitFor("the file is open", lines => lines.Count > 0, TimeSpan.FromSeconds(30));
            Assert.Equal(FsError.Busy, Assert.Throws<BackupException>(() => forced.ToFile(manifest.Images[0], target, CancellationToken.None)).Error);
        }
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(target)!, ".vdfs-restore*"));
    }

    [Fact]
    public void A_block_device_that_is_too_small_is_refused_before_its_first_byte_and_one_that_fits_is_written()
    {
        using var repository = bench.Open();
        var manifest = repository.Find(null);
        var run = new RestoreRun(repository, manifest, new() { Force = true }, bench.Observer);
        byte[] junk = Bench.Noise(77, 1 << 20);
        File.WriteAllBytes(bench.Folder("small.raw"), junk[..65536]);
        using (var small = new LoopDevice(bench.Folder("small.raw")))
            Assert.Equal(FsError.NoSpace, Assert.Throws<BackupException>(() => run.ToFile(manifest.Images[0], small.Device, CancellationToken.None)).Error);
        Assert.Equal(junk[..65536], File.ReadAllBytes(bench.Folder("small.raw")));
        File.WriteAllBytes(bench.Folder("large.raw"), junk);
        using (var large = new LoopDevice(bench.Folder("large.raw")))
            run.ToFile(manifest.Images[0], large.Device, CancellationToken.None);
        byte[] expected = bench.Mount.Images["a.img"].Content;
        Assert.Equal(expected, File.ReadAllBytes(bench.Folder("large.raw"))[..expected.Length]);
        Assert.Equal(junk[expected.Length..], File.ReadAllBytes(bench.Folder("large.raw"))[expected.Length..]);
    }

    private BackupReport Run(FakeMount mount, Repository repository, BackupOptions options) =>
        new BackupRun(mount, repository, options, bench.Observer).RunAsync(CancellationToken.None).GetAwaiter().GetResult();
}
