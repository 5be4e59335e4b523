using System.IO;
using System.Text;
using VdFs.Core.Backups;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.TestKit.Memory;
using VdFs.TestKit.Mounting;

namespace VdFs.Core.Tests.Catalog;

/// <summary>What any catalog has to do; run against the one in SQLite and the one in memory.</summary>
public sealed class CatalogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("vdfs-catalog").FullName;
    private readonly MemoryCatalog memory = new();

    private string Path => System.IO.Path.Combine(folder, "catalog.db");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_committed_is_there_after_reopening(bool sqlite)
    {
        using (ICatalog catalog = Open(sqlite))
        {
            ulong first = catalog.ReserveImageIds(10);
            Assert.Equal(first + 10, catalog.ReserveImageIds(10));
            catalog.BeginMount("boot 1");
            catalog.AddPending(Cut(1, "one"), [1, 2], [ImageRow(5)]);
            catalog.Complete(Cut(1, "one"), [3], [], [ImageRow(6)]);
            catalog.AddPending(Cut(2, "one"), [4], []);
            catalog.Release(1);
            catalog.Complete(Cut(2, "one"), null, [(1, "one~1")], []);
            catalog.AddLosses([new CatalogLoss(2, new ImageId(5), "why")]);
            catalog.AddPending(Cut(3, "three"), [5], []);
        }
        using (ICatalog catalog = Open(sqlite))
        {
            CatalogContents contents = catalog.Load();
            Assert.Equal([("one~1", CutState.Checkpoint), ("one", CutState.Held), ("/pending/three", CutState.Pending)], contents.Cuts.Select(c => (c.Name, c.State)));
            Assert.Equal([5UL, 6UL], contents.Images.Select(i => i.Id.Value).Order().ToArray());
            Assert.Equal(ImageRow(5).Identity, contents.Images.Single(i => i.Id.Value == 5).Identity);
            Assert.Equal("why", contents.Losses.Single().Reason);
            Assert.Equal((4, false, "boot 1"), (contents.NextCut, contents.CleanEnd, contents.BootId));
            Assert.Equal([3], catalog.LoadFileList(1));
            Assert.Equal([4], catalog.LoadFileList(2));
            catalog.Remove(3);
            catalog.RemoveImages([new ImageId(6)]);
            var seal = new CatalogSeal(new ImageId(5), 1L << 50, new(1, 2), new(3, 4));
            catalog.EndMount([seal]);
            Assert.Equal([seal], catalog.Load().Seals);
            contents = catalog.Load();
            Assert.Equal((2, 1, true), (contents.Cuts.Count, contents.Images.Count, contents.CleanEnd));
            Assert.Throws<CatalogException>(() => catalog.LoadFileList(3));
            catalog.BeginMount("boot 2");
            Assert.Empty(catalog.Load().Seals);
            Assert.Equal(MountPlaces.None, catalog.Load().Places);
            ImageIdentity root = ImageRow(5).Identity with { BirthTime = new(-7, 999_999_999) };
            catalog.BeginMount("boot 3", new(root, "/a b", "/p"));
            catalog.BeginMount("boot 3", new(null, "/c", ""));
            catalog.BeginMount("boot 4");
            Assert.Equal(new MountPlaces(root, "/c", ""), catalog.Load().Places);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_pending_cut_takes_the_place_of_one_that_failed(bool sqlite)
    {
        using ICatalog catalog = Open(sqlite);
        catalog.AddPending(Cut(1, "one"), [1], []);
        catalog.AddPending(Cut(1, "two"), [2], []);
        Assert.Equal("/pending/two", catalog.Load().Cuts.Single().Name);
        catalog.AddPending(Cut(2, "three"), [3], []);
        Assert.Equal("/pending/three", catalog.Load().Cuts.Single().Name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_delta_has_a_number_of_its_own_until_its_newer_cut_is_released(bool sqlite)
    {
        var delta = new CatalogDelta(0, 1, [1, 2], DateTimeOffset.FromUnixTimeMilliseconds(5), "one~1", 2, "one");
        using (ICatalog catalog = Open(sqlite))
        {
            foreach (long cut in new[] { 1, 2 })
            {
                catalog.AddPending(Cut(cut, $"cut{cut}"), [1], []);
                catalog.Complete(Cut(cut, $"cut{cut}"), null, [], []);
            }
            catalog.BeginMount("boot");
            Assert.Equal(1, catalog.AddDelta(delta));
            Assert.Equal(2, catalog.AddDelta(delta with { Older = 0, OlderId = [], OlderName = "" }));
            Assert.Equal(3, catalog.AddDelta(delta with { Older = 0, Newer = 1 }));
        }
        using (ICatalog catalog = Open(sqlite))
        {
            CatalogContents contents = catalog.Load();
            Assert.Equal(32, contents.StateId.Length);
            Assert.Equal([(1L, 1L, 2L), (2, 0, 2), (3, 0, 1)], contents.Deltas.Select(d => (d.Number, d.Older, d.Newer)));
            Assert.Equal([1, 2], contents.Deltas[0].OlderId);
            Assert.Equal((delta.OlderTime, "one~1", "one"), (contents.Deltas[0].OlderTime, contents.Deltas[0].OlderName, contents.Deltas[0].NewerName));
            catalog.Release(2);
            Assert.Equal([3L], catalog.Load().Deltas.Select(d => d.Number));
            catalog.Remove(1);
            Assert.Empty(catalog.Load().Deltas);
            Assert.Equal(4, catalog.AddDelta(delta));
            Assert.Equal(contents.StateId, catalog.Load().StateId);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Catalogs_of_older_versions_are_read_and_migrated(int version)
    {
        Execute(File.ReadAllText(System.IO.Path.Combine(Repository.Root, $"tests/fixtures/catalog-{version}.sql")));
        using (SqliteCatalog old = SqliteCatalog.OpenReadOnly(Path))
        {
            Assert.Empty(old.Verify());
            Same(old, version);
        }
        for (int again = 0; again < 2; again++)
        {
            using ICatalog migrated = Open(sqlite: true);
            Same(migrated, version);
            Assert.Empty(migrated.Verify());
        }
        using ICatalog used = Open(sqlite: true);
        Assert.Equal(65537UL, used.ReserveImageIds(1));
        used.BeginMount("boot 2");
        used.Release(2);
        used.Rename([(1, "older")]);
        used.EndMount([new CatalogSeal(new ImageId(5), 1, default, default)]);
        Assert.Empty(used.Verify());
        Assert.Equal(1, used.Load().Mounts);
        Assert.Matches("^[0-9a-f]{32}$", used.Load().StateId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Backups_go_with_their_cuts(bool sqlite)
    {
        using ICatalog catalog = Open(sqlite);
        CatalogCut leased = Cut(2, "two") with { Repository = "r", Backup = BackupState.Leased };
        catalog.AddPending(Cut(1, "one"), [1], []);
        catalog.Complete(Cut(1, "one"), null, [], []);
        catalog.AddPending(leased, [2], []);
        Assert.Equal(("r", BackupState.Leased), (catalog.Load().Cuts[1].Repository, catalog.Load().Cuts[1].Backup));
        catalog.Complete(leased, null, [], []);
        catalog.MarkBackup(2, BackupState.Complete);
        Assert.Equal([("", BackupState.None), ("r", BackupState.Complete)], catalog.Load().Cuts.Select(c => (c.Repository, c.Backup)));
        catalog.Release(2);
        Assert.Empty(catalog.Verify());
        catalog.Remove(2);
        Assert.Equal([1L], catalog.Load().Cuts.Select(c => c.Number));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cut_that_is_removed_gives_its_name_to_others_in_the_same_commit(bool sqlite)
    {
        using ICatalog catalog = Open(sqlite);
        foreach ((long number, string name) in new[] { (1L, "s~2"), (2L, "s~1"), (3L, "s") })
        {
            catalog.AddPending(Cut(number, name), [1], []);
            catalog.Complete(Cut(number, name), null, [], []);
        }
        catalog.Remove(3, [(2, "s"), (1, "s~1")]);
        Assert.Equal([(1L, "s~1"), (2L, "s")], catalog.Load().Cuts.Select(c => (c.Number, c.Name)));
        Assert.Empty(catalog.Verify());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_the_clock_said_is_kept_with_a_cut_and_the_last_one_outlives_it(bool sqlite)
    {
        var clock = new DateTimeOffset(2026, 10, 25, 2, 30, 0, 123, TimeSpan.FromHours(-9.5));
        using (ICatalog catalog = Open(sqlite))
        {
            Assert.Null(catalog.Load().LastClock);
            catalog.AddPending(Cut(1, "one") with { Clock = clock.AddSeconds(-1) }, [1], []);
            Assert.Equal(clock.AddSeconds(-1), Assert.Single(catalog.Load().Cuts).Clock);
            catalog.AddPending(Cut(2, "two") with { Clock = clock.AddSeconds(-1) }, [1], []);
            catalog.Complete(Cut(2, "two") with { Clock = clock }, null, [], []);
        }
        using (ICatalog catalog = Open(sqlite))
        {
            Assert.True(Assert.Single(catalog.Load().Cuts).Clock!.Value.EqualsExact(clock));
            catalog.Remove(2);
            Assert.Equal(clock, catalog.Load().LastClock);
            // Completed by a version that didn't keep it.
            catalog.AddPending(Cut(3, "three"), [1], []);
            catalog.Complete(Cut(3, "three"), null, [], []);
            Assert.Null(Assert.Single(catalog.Load().Cuts).Clock);
            Assert.Empty(catalog.Verify());
        }
    }

    private static void Same(ICatalog catalog, int version)
    {
        CatalogContents contents = catalog.Load();
        Assert.All(contents.Cuts, c => Assert.Null(c.Clock));
        Assert.Null(contents.LastClock);
        Assert.Equal([(1L, "old", CutState.Checkpoint), (2L, "night", CutState.Held)], contents.Cuts.Select(c => (c.Number, c.Name, c.State)));
        Assert.Equal("00112233445566778899AABBCCDDEEFF", Convert.ToHexString(contents.Cuts[0].CutId));
        Assert.Equal(("*.img", 1700000200000L, 8192L), (contents.Cuts[1].Patterns, contents.Cuts[1].Time.ToUnixTimeMilliseconds(), contents.Cuts[1].Bytes));
        Assert.Equal((unchecked((ulong)-7L), 131UL, 1700000000L), (contents.Images[0].Identity.FileSystemId, contents.Images[0].Identity.Inode, contents.Images[0].Identity.BirthTime.Seconds));
        Assert.Equal((2L, "why"), (contents.Images[1].LineageSince, contents.Images[1].LineageBroken));
        Assert.Equal((2L, 6UL, "why"), (contents.Losses.Single().Cut, contents.Losses.Single().Image.Value, contents.Losses.Single().Reason));
        Assert.Equal((3L, version >= 2, "b5d1", 0L), (contents.NextCut, contents.CleanEnd, contents.BootId, contents.Mounts));
        if (version >= 4)
        {
            Assert.Equal((1L, 1L, 2L, "old", "night"), contents.Deltas.Select(d => (d.Number, d.Older, d.Newer, d.OlderName, d.NewerName)).Single());
            Assert.Equal(("repository", BackupState.Complete), (contents.Cuts[1].Repository, contents.Cuts[1].Backup));
            Assert.Equal("42c1c3f15d1825510cb79bd5d7741b6a", contents.StateId);
        }
        else
        {
            Assert.Empty(contents.Deltas);
        }
        Assert.Equal(version >= 2 ? 1 : 0, contents.Seals.Count);
        Assert.Equal([1, 2, 3, 4, 5], catalog.LoadFileList(2));
    }

    [Theory]
    [InlineData("UPDATE images SET lineage_since = 3 WHERE id = 7", "images")]
    [InlineData("UPDATE images SET inode = 'seven' WHERE id = 7", "images")]
    [InlineData("UPDATE cuts SET state = 2", "cuts")]
    [InlineData("UPDATE cuts SET time_ms = -1", "cuts")]
    [InlineData("UPDATE cuts SET files = x'ff'", "cuts")]
    [InlineData("UPDATE cuts SET sum = NULL", "cuts")]
    [InlineData("UPDATE losses SET image = 9", "losses")]
    [InlineData("UPDATE backups SET repository = 's'", "backups")]
    [InlineData("UPDATE clocks SET clock_ms = 1", "clocks")]
    [InlineData("UPDATE seals SET size = 5", "seals")]
    [InlineData("UPDATE deltas SET older = 0", "deltas")]
    [InlineData("UPDATE settings SET value = '1' WHERE key = 'clean_end'", "settings")]
    [InlineData("UPDATE settings SET value = 'many' WHERE key = 'next_cut'", "settings")]
    public void A_row_that_is_not_what_was_written_is_not_believed(string damage, string table)
    {
        using (ICatalog catalog = Open(sqlite: true))
        {
            catalog.PutImages([ImageRow(5), ImageRow(7)]);
            catalog.AddPending(Cut(1, "one") with { Repository = "r", Backup = BackupState.Leased }, [1, 2, 3, 4, 5], []);
            catalog.Complete(Cut(1, "one") with { Clock = DateTimeOffset.UnixEpoch }, null, [], []);
            catalog.AddLosses([new(1, new ImageId(7), "why")]);
            catalog.AddDelta(new(0, 9, [1], DateTimeOffset.UnixEpoch, "older", 1, "one"));
            catalog.EndMount([new CatalogSeal(new ImageId(5), 1, default, default)]);
            catalog.BeginMount("boot");
            catalog.EndMount([new CatalogSeal(new ImageId(5), 1, default, default)]);
            Assert.Empty(catalog.Verify());
            catalog.BeginMount("boot");
            if (table == "seals")
                catalog.EndMount([new CatalogSeal(new ImageId(5), 1, default, default)]);
        }
        Execute(damage);
        using SqliteCatalog damaged = SqliteCatalog.OpenReadOnly(Path);
        Assert.Contains($"table {table} is damaged", Assert.Single(damaged.Verify()), StringComparison.Ordinal);
        CatalogException refused = Assert.Throws<CatalogException>(() => damaged.Load());
        Assert.Equal(FsError.Io, refused.Error);
        Assert.Contains("vdfs check", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_catalog_of_a_newer_version_is_refused_and_left_alone()
    {
        Open(sqlite: true).Dispose();
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }
        CatalogException refused = Assert.Throws<CatalogException>(() => SqliteCatalog.Open(Path));
        Assert.Contains("newer VdFs", refused.Message, StringComparison.Ordinal);
        Assert.Throws<CatalogException>(() => SqliteCatalog.Open(Path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(4096)]
    public void A_damaged_catalog_is_refused_with_words(int at)
    {
        using (ICatalog catalog = Open(sqlite: true))
        {
            catalog.PutImages([.. Enumerable.Range(1, 500).Select(i => ImageRow((ulong)i))]);
        }
        byte[] bytes = File.ReadAllBytes(Path);
        Encoding.ASCII.GetBytes("this is not what was written here, is it").CopyTo(bytes, at);
        File.WriteAllBytes(Path, bytes);
        CatalogException refused = Assert.Throws<CatalogException>(() => SqliteCatalog.Open(Path).Dispose());
        Assert.Equal(FsError.Io, refused.Error == FsError.InvalidArgument ? FsError.Io : refused.Error);
        Assert.Contains(Path, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_of_something_else_is_refused()
    {
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE songs (name TEXT)";
            command.ExecuteNonQuery();
        }
        Assert.Contains("not a catalog", Assert.Throws<CatalogException>(() => SqliteCatalog.Open(Path)).Message, StringComparison.Ordinal);
    }

    private void Execute(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path};Pooling=false");
        connection.Open();
        using Microsoft.Data.Sqlite.SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private ICatalog Open(bool sqlite) => sqlite ? SqliteCatalog.Open(Path) : memory;

    private static CatalogCut Cut(long number, string name) =>
        new(number, Guid.NewGuid().ToByteArray(), DateTimeOffset.FromUnixTimeMilliseconds(1000 + number), name, CutState.Held, 1, 2, "");

    private static CatalogImage ImageRow(ulong id) => new(new ImageId(id), new ImageIdentity(7, id, new(1, 2), 1, [1, 2, 3]), 0, "");
}
