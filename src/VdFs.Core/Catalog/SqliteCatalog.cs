using System.Globalization;
using Microsoft.Data.Sqlite;
using VdFs.Core.Backups;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Inodes;
using VdFs.Core.Storage;

namespace VdFs.Core.Catalog;

/// <summary>
/// The catalog in SQLite: WAL, synchronous=FULL, one connection that stays open. It is opened before the mount goes live, since its path may
/// lie below the mount afterwards.
/// </summary>
public sealed partial class SqliteCatalog : ICatalog
{
    private readonly SqliteConnection connection;

    /// <summary>Guards the connection, which is for one thread at a time.</summary>
    private readonly Lock use = new();

    private bool disposed;

    private SqliteCatalog(SqliteConnection connection) => this.connection = connection;

    /// <summary>Opens or creates the catalog at a path of the operating system, and migrates it to this build's schema.</summary>
    /// <exception cref="CatalogException">Damaged, from a newer version, or not to be opened.</exception>
    public static SqliteCatalog Open(string path) => Open(path, null, path);

    /// <summary>The same by another way to files than SQLite's own.</summary>
    /// <param name="file">As that way understands it.</param>
    /// <param name="vfs">Name of a VFS that is registered with SQLite; null: the usual one.</param>
    /// <param name="path">What messages call the catalog.</param>
    public static SqliteCatalog Open(string file, string? vfs, string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, Vfs = vfs }.ToString());
        var catalog = new SqliteCatalog(connection);
        try
        {
            catalog.Guard(() =>
            {
                connection.Open();
                catalog.DefineSum();
                catalog.Prepare(path);
            });
            return catalog;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a catalog of this schema or an older one as it is, changing nothing; what others commit meanwhile isn't seen. Its methods that commit fail.
    /// </summary>
    /// <exception cref="CatalogException">Missing (<see cref="FsError.NotFound"/>), damaged (<see cref="FsError.Io"/>), from a newer version, or not to be opened.</exception>
    public static SqliteCatalog OpenReadOnly(string path)
    {
        if (!System.IO.File.Exists(path))
            throw new CatalogException(FsError.NotFound, $"there is no catalog {path}");
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadOnly }.ToString());
        var catalog = new SqliteCatalog(connection);
        try
        {
            catalog.Guard(() =>
            {
                connection.Open();
                catalog.Run("PRAGMA busy_timeout = 5000");
                catalog.DefineSum();
                catalog.version = catalog.Identify(path);
                catalog.Run("BEGIN");
                _ = catalog.Scalar("SELECT count(*) FROM sqlite_master");
            });
            return catalog;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public IReadOnlyList<string> Verify() => Guard(() =>
    {
        var problems = new List<string>();
        Query("PRAGMA integrity_check", r => problems.Add(r.GetString(0)));
        if (problems is ["ok"])
            problems = FindDamagedRows();
        return problems;
    });

    public CatalogContents Load() => Guard(() =>
    {
        if (FindDamagedRows() is [var problem, ..])
            throw Damaged(connection.DataSource, problem, null);
        var cuts = new List<CatalogCut>();
        Query("SELECT number, cut_id, time_ms, name, state, images, bytes, patterns FROM cuts ORDER BY number", r => cuts.Add(new(
            r.GetInt64(0), (byte[])r[1], DateTimeOffset.FromUnixTimeMilliseconds(r.GetInt64(2)), r.GetString(3),
            (CutState)r.GetInt32(4), r.GetInt32(5), r.GetInt64(6), r.GetString(7))));
        var images = new List<CatalogImage>();
        Query("SELECT id, fsid, inode, birth_s, birth_ns, handle_type, handle, lineage_since, lineage_broken FROM images", r => images.Add(new(
            new((ulong)r.GetInt64(0)),
            new((ulong)r.GetInt64(1), (ulong)r.GetInt64(2), new(r.GetInt64(3), (uint)r.GetInt64(4)), r.GetInt32(5), (byte[])r[6]),
            r.GetInt64(7), r.GetString(8))));
        var losses = new List<CatalogLoss>();
        Query("SELECT cut, image, reason FROM losses", r => losses.Add(new(r.GetInt64(0), new((ulong)r.GetInt64(1)), r.GetString(2))));
        var seals = new List<CatalogSeal>();
        if (HasTable("seals"))
            Query("SELECT image, size, modify_s, modify_ns, change_s, change_ns FROM seals", r => seals.Add(new(
            new((ulong)r.GetInt64(0)), r.GetInt64(1), new(r.GetInt64(2), (uint)r.GetInt64(3)), new(r.GetInt64(4), (uint)r.GetInt64(5)))));
        var deltas = new List<CatalogDelta>();
        if (version >= BackupsSince)
        {
            Query("SELECT cut, repository, state FROM backups", r =>
            {
                int at = cuts.FindIndex(c => c.Number == r.GetInt64(0));
                if (at >= 0)
                    cuts[at] = cuts[at] with { Repository = r.GetString(1), Backup = (BackupState)r.GetInt32(2) };
            });
            Query("SELECT number, older, older_id, older_ms, older_name, newer, newer_name FROM deltas ORDER BY number", r => deltas.Add(new(
                r.GetInt64(0), r.GetInt64(1), (byte[])r[2], DateTimeOffset.FromUnixTimeMilliseconds(r.GetInt64(3)), r.GetString(4), r.GetInt64(5), r.GetString(6))));
        }
        if (version >= ClocksSince)
        {
            var clocks = new Dictionary<long, DateTimeOffset?>();
            Query("SELECT cut, clock_ms, offset_minutes FROM clocks", r =>
                clocks[r.GetInt64(0)] = DateTimeOffset.FromUnixTimeMilliseconds(r.GetInt64(1)).ToOffset(TimeSpan.FromMinutes(r.GetInt32(2))));
            cuts = [.. cuts.Select(c => c with { Clock = clocks.GetValueOrDefault(c.Number) })];
        }
        var inodes = new List<CatalogInodes>();
        if (version >= InodesSince)
        {
            Query("SELECT cut, family, folder FROM inodes", r => inodes.Add(new(r.GetInt64(0), r.GetInt64(1), (uint)r.GetInt64(2), [])));
            Query("SELECT delta, first FROM delta_inodes", r =>
            {
                int at = deltas.FindIndex(d => d.Number == r.GetInt64(0));
                if (at >= 0)
                    deltas[at] = deltas[at] with { FirstInode = (uint)r.GetInt64(1) };
            });
        }
        return new CatalogContents(
            cuts, images, losses, long.Parse(GetSetting("next_cut", "1"), CultureInfo.InvariantCulture), GetSetting("clean_end", "1") == "1", GetSetting("boot_id", ""), seals)
        {
            LastCut = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(GetSetting("last_cut_ms", "0"), CultureInfo.InvariantCulture)),
            LastClock = long.Parse(GetSetting("last_clock_ms", "-1"), CultureInfo.InvariantCulture) is var clock and >= 0 ? DateTimeOffset.FromUnixTimeMilliseconds(clock) : null,
            Mounts = long.Parse(GetSetting("mounts", "0"), CultureInfo.InvariantCulture),
            StateId = GetSetting("state_id", ""),
            Deltas = deltas,
            Inodes = inodes,
            InodeWindow = new(uint.Parse(GetSetting("inode_next", "0"), CultureInfo.InvariantCulture), uint.Parse(GetSetting("inode_end", "0"), CultureInfo.InvariantCulture)),
            Places = new(GetSetting("backing", "") is { Length: > 0 } root ? MountPlaces.Parse(root) : null, GetSetting("backing_path", ""), GetSetting("preserve_path", "")),
        };
    });

    public byte[] LoadFileList(long cut) => Guard(() =>
    {
        byte[]? list = null;
        Query("SELECT files FROM cuts WHERE number = $n", r => list = (byte[])r[0], ("$n", cut));
        return list ?? throw new CatalogException(FsError.NotFound, $"the catalog has no cut {cut}");
    });

    public byte[]? LoadInodes(long cut) => Guard(() =>
    {
        byte[]? list = null;
        Query("SELECT list FROM inodes WHERE cut = $n", r => list = (byte[])r[0], ("$n", cut));
        return list;
    });

    public void PutInodes(IReadOnlyList<CatalogInodes> cuts, IReadOnlyList<(long Delta, uint First)> deltas, InodeRange window) => Transaction(() =>
    {
        foreach (CatalogInodes cut in cuts)
            Put(cut);
        foreach ((long delta, uint first) in deltas)
            PutDelta(delta, first);
        Put(window);
    });

    public ulong ReserveImageIds(int count)
    {
        ulong first = 0;
        Transaction(() =>
        {
            first = ulong.Parse(GetSetting("next_image", "1"), CultureInfo.InvariantCulture);
            SetSetting("next_image", (first + (ulong)count).ToString(CultureInfo.InvariantCulture));
        });
        return first;
    }

    public void BeginMount(string bootId, MountPlaces? places = null) => Transaction(() =>
    {
        Run("DELETE FROM seals");
        SetSetting("clean_end", "0");
        SetSetting("boot_id", bootId);
        SetSetting("mounts", (long.Parse(GetSetting("mounts", "0"), CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture));
        if (places is null)
            return;
        if (places.Root is { } root)
            SetSetting("backing", MountPlaces.Format(root));
        SetSetting("backing_path", places.Backing);
        SetSetting("preserve_path", places.Preserve);
    });

    public void EndMount(IReadOnlyList<CatalogSeal> seals) => Transaction(() =>
    {
        Run("DELETE FROM seals");
        foreach (CatalogSeal seal in seals)
        {
            Run("INSERT INTO seals (image, size, modify_s, modify_ns, change_s, change_ns, sum) VALUES ($i, $s, $ms, $mn, $cs, $cn, row_sum('seals', $i, $s, $ms, $mn, $cs, $cn))",
                ("$i", (long)seal.Image.Value), ("$s", seal.Size), ("$ms", seal.ModifyTime.Seconds), ("$mn", (long)seal.ModifyTime.Nanoseconds),
                ("$cs", seal.ChangeTime.Seconds), ("$cn", (long)seal.ChangeTime.Nanoseconds));
        }
        SetSetting("clean_end", "1");
    });

    public void AddPending(CatalogCut cut, byte[] fileList, IReadOnlyList<CatalogImage> newImages) => Transaction(() =>
    {
        // One that failed and could not be taken back goes now.
        Run("DELETE FROM backups WHERE cut IN (SELECT number FROM cuts WHERE state = 0)");
        Run("DELETE FROM clocks WHERE cut IN (SELECT number FROM cuts WHERE state = 0)");
        Run("DELETE FROM cuts WHERE state = 0");
        Put(newImages);
        // A pending cut has no name yet: the one that it is to get may still be a checkpoint's.
        Run("INSERT INTO cuts (number, cut_id, time_ms, name, state, images, bytes, patterns, files) VALUES ($n, $id, $t, $name, 0, $images, $bytes, $p, $f)",
            ("$n", cut.Number), ("$id", cut.CutId), ("$t", cut.Time.ToUnixTimeMilliseconds()), ("$name", PendingName(cut.Name)),
            ("$images", cut.Images), ("$bytes", cut.Bytes), ("$p", cut.Patterns), ("$f", fileList));
        SumCut(cut.Number);
        if (cut.Repository.Length != 0)
            Run("INSERT INTO backups (cut, repository, state, sum) VALUES ($c, $r, $s, row_sum('backups', $c, $r, $s))", ("$c", cut.Number), ("$r", cut.Repository), ("$s", (int)cut.Backup));
        PutClock(cut);
        SetSetting("next_cut", (cut.Number + 1).ToString(CultureInfo.InvariantCulture));
    });

    public void Complete(CatalogCut cut, byte[]? fileList, IReadOnlyList<(long Cut, string Name)> renames, IReadOnlyList<CatalogImage> newImages, CatalogInodes? inodes = null, InodeRange window = default) => Transaction(() =>
    {
        Put(newImages);
        RenameAll(renames);
        if (inodes is not null)
        {
            Put(inodes);
            Put(window);
        }
        Run("UPDATE cuts SET state = 1, name = $name, time_ms = $t, images = $images, bytes = $bytes, files = coalesce($f, files) WHERE number = $n",
            ("$n", cut.Number), ("$name", cut.Name), ("$t", cut.Time.ToUnixTimeMilliseconds()), ("$images", cut.Images), ("$bytes", cut.Bytes),
            ("$f", fileList is null ? DBNull.Value : fileList));
        SumCut(cut.Number);
        PutClock(cut);
        SetSetting("last_cut_ms", cut.Time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
    });

    public long AddDelta(CatalogDelta delta, InodeRange window = default)
    {
        long number = 0;
        Transaction(() =>
        {
            number = long.Parse(GetSetting("next_delta", "1"), CultureInfo.InvariantCulture);
            SetSetting("next_delta", (number + 1).ToString(CultureInfo.InvariantCulture));
            Run("INSERT INTO deltas (number, older, older_id, older_ms, older_name, newer, newer_name, sum) VALUES ($n, $o, $id, $t, $on, $w, $wn, row_sum('deltas', $n, $o, $id, $t, $on, $w, $wn))",
                ("$n", number), ("$o", delta.Older), ("$id", delta.OlderId), ("$t", delta.OlderTime.ToUnixTimeMilliseconds()), ("$on", delta.OlderName),
                ("$w", delta.Newer), ("$wn", delta.NewerName));
            if (delta.FirstInode == 0)
                return;
            PutDelta(number, delta.FirstInode);
            Put(window);
        });
        return number;
    }

    public void Release(long cut) => Transaction(() =>
    {
        Run("UPDATE cuts SET state = 2 WHERE number = $n", ("$n", cut));
        SumCut(cut);
        RemoveDeltas(cut);
    });

    public void MarkBackup(long cut, BackupState state) => Transaction(() =>
    {
        Run("UPDATE backups SET state = $s WHERE cut = $n", ("$n", cut), ("$s", (int)state));
        SumRow("backups", "cut = $n", ("$n", cut));
    });

    public void Rename(IReadOnlyList<(long Cut, string Name)> renames) => Transaction(() => RenameAll(renames));

    public void Remove(long cut, IReadOnlyList<(long Cut, string Name)>? renames = null) => Transaction(() =>
    {
        Run("DELETE FROM losses WHERE cut = $n", ("$n", cut));
        Run("DELETE FROM backups WHERE cut = $n", ("$n", cut));
        Run("DELETE FROM clocks WHERE cut = $n", ("$n", cut));
        Run("DELETE FROM inodes WHERE cut = $n", ("$n", cut));
        RemoveDeltas(cut);
        Run("DELETE FROM cuts WHERE number = $n", ("$n", cut));
        RenameAll(renames ?? []);
    });

    public void AddLosses(IReadOnlyList<CatalogLoss> losses) => Transaction(() =>
    {
        foreach (CatalogLoss loss in losses)
            Run("INSERT OR IGNORE INTO losses (cut, image, reason, sum) VALUES ($c, $i, $r, row_sum('losses', $c, $i, $r))", ("$c", loss.Cut), ("$i", (long)loss.Image.Value), ("$r", loss.Reason));
    });

    public void PutImages(IReadOnlyList<CatalogImage> images) => Transaction(() => Put(images));

    public void RemoveImages(IReadOnlyList<ImageId> images) => Transaction(() =>
    {
        foreach (ImageId image in images)
            Run("DELETE FROM images WHERE id = $i", ("$i", (long)image.Value));
    });

    public void Settle() => Transaction(() =>
        SetSetting("settled", (long.Parse(GetSetting("settled", "0"), CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture)));

    public void Dispose()
    {
        lock (use)
        {
            disposed = true;
            connection.Dispose();
        }
    }

    /// <summary>A name that no snapshot can have, and that shows which one a recovered cut is to get.</summary>
    internal static string PendingName(string name) => "/pending/" + name;

    /// <summary>The name behind <see cref="PendingName"/>.</summary>
    internal static string NameOfPending(string name) => name.StartsWith("/pending/", StringComparison.Ordinal) ? name["/pending/".Length..] : name;

    private void RenameAll(IReadOnlyList<(long Cut, string Name)> renames)
    {
        foreach ((long number, string name) in renames)
        {
            Run("UPDATE cuts SET name = $name WHERE number = $n", ("$n", number), ("$name", name));
            SumCut(number);
        }
    }

    private void RemoveDeltas(long newer)
    {
        Run("DELETE FROM delta_inodes WHERE delta IN (SELECT number FROM deltas WHERE newer = $n)", ("$n", newer));
        Run("DELETE FROM deltas WHERE newer = $n", ("$n", newer));
    }

    private void Put(CatalogInodes inodes)
    {
        Run("INSERT OR REPLACE INTO inodes (cut, family, folder, list) VALUES ($c, $fa, $fo, $l)", ("$c", inodes.Cut), ("$fa", inodes.Family), ("$fo", (long)inodes.Folder), ("$l", inodes.List));
        SumRow("inodes", "cut = $c", ("$c", inodes.Cut));
    }

    private void PutDelta(long delta, uint firstInode) =>
        Run("INSERT OR REPLACE INTO delta_inodes (delta, first, sum) VALUES ($d, $f, row_sum('delta_inodes', $d, $f))", ("$d", delta), ("$f", (long)firstInode));

    private void Put(InodeRange window)
    {
        SetSetting("inode_next", window.First.ToString(CultureInfo.InvariantCulture));
        SetSetting("inode_end", window.End.ToString(CultureInfo.InvariantCulture));
    }

    private void SumCut(long number) => SumRow("cuts", "number = $n", ("$n", number));

    private void PutClock(CatalogCut cut)
    {
        if (cut.Clock is not { } clock)
            return;
        if (cut.State == CutState.Held)
            SetSetting("last_clock_ms", clock.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        Run("INSERT OR REPLACE INTO clocks (cut, clock_ms, offset_minutes, sum) VALUES ($c, $t, $o, row_sum('clocks', $c, $t, $o))",
            ("$c", cut.Number), ("$t", clock.ToUnixTimeMilliseconds()), ("$o", (long)clock.TotalOffsetMinutes));
    }

    private void Put(IReadOnlyList<CatalogImage> images)
    {
        if (images.Count == 0)
            return;
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = """
            INSERT OR REPLACE INTO images (id, fsid, inode, birth_s, birth_ns, handle_type, handle, lineage_since, lineage_broken, sum)
            VALUES ($id, $fsid, $ino, $bs, $bn, $ht, $h, $ls, $lb, row_sum('images', $id, $fsid, $ino, $bs, $bn, $ht, $h, $ls, $lb))
            """;
        foreach (string name in new[] { "$id", "$fsid", "$ino", "$bs", "$bn", "$ht", "$h", "$ls", "$lb" })
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        command.Prepare();
        foreach (CatalogImage image in images)
        {
            ImageIdentity identity = image.Identity;
            object[] values =
            [
                (long)image.Id.Value, (long)identity.FileSystemId, (long)identity.Inode, identity.BirthTime.Seconds, (long)identity.BirthTime.Nanoseconds,
                identity.HandleType, identity.Handle, image.LineageSince, image.LineageBroken,
            ];
            for (int i = 0; i < values.Length; i++)
                command.Parameters[i].Value = values[i];
            command.ExecuteNonQuery();
        }
    }
}
