using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using VdFs.Core.Errors;

namespace VdFs.Core.Catalog;

/// <summary>Schema, migration, and how statements, transactions and errors are done.</summary>
public sealed partial class SqliteCatalog
{
    /// <summary>PRAGMA user_version of this build. A catalog with a higher one is refused, with a lower one migrated.</summary>
    public const int SchemaVersion = 5;

    /// <summary>Rows carry sums since this one.</summary>
    private const int SumsSince = 3;

    /// <summary>The tables of backups and deltas, and the state's id.</summary>
    private const int BackupsSince = 4;

    /// <summary>What the wall clock said at each cut.</summary>
    private const int ClocksSince = 5;

    /// <summary>Inode numbers of views and deltas.</summary>
    private const int InodesSince = 5;

    /// <summary>PRAGMA application_id: "VdFs".</summary>
    private const int ApplicationId = 0x56644673;

    private const string CreateSchema = """
        CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE images (
            id INTEGER PRIMARY KEY, fsid INTEGER NOT NULL, inode INTEGER NOT NULL, birth_s INTEGER NOT NULL, birth_ns INTEGER NOT NULL,
            handle_type INTEGER NOT NULL, handle BLOB NOT NULL, lineage_since INTEGER NOT NULL, lineage_broken TEXT NOT NULL);
        CREATE TABLE cuts (
            number INTEGER PRIMARY KEY, cut_id BLOB NOT NULL, time_ms INTEGER NOT NULL, name TEXT NOT NULL, state INTEGER NOT NULL,
            images INTEGER NOT NULL, bytes INTEGER NOT NULL, patterns TEXT NOT NULL, files BLOB NOT NULL);
        CREATE TABLE losses (cut INTEGER NOT NULL, image INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (cut, image)) WITHOUT ROWID;
        """;

    private const string CreateSeals =
        "CREATE TABLE seals (image INTEGER PRIMARY KEY, size INTEGER NOT NULL, modify_s INTEGER NOT NULL, modify_ns INTEGER NOT NULL, change_s INTEGER NOT NULL, change_ns INTEGER NOT NULL)";

    /// <summary>Since version 4, which has sums from the start.</summary>
    private const string CreateBackups = """
        CREATE TABLE backups (cut INTEGER PRIMARY KEY, repository TEXT NOT NULL, state INTEGER NOT NULL, sum INTEGER);
        CREATE TABLE deltas (
            number INTEGER PRIMARY KEY, older INTEGER NOT NULL, older_id BLOB NOT NULL, older_ms INTEGER NOT NULL, older_name TEXT NOT NULL,
            newer INTEGER NOT NULL, newer_name TEXT NOT NULL, sum INTEGER);
        """;

    /// <summary>Since version 5. A cut of an older version has no row.</summary>
    private const string CreateClocks = "CREATE TABLE clocks (cut INTEGER PRIMARY KEY, clock_ms INTEGER NOT NULL, offset_minutes INTEGER NOT NULL, sum INTEGER)";

    /// <summary>Since version 5. What an older version knew of gets its numbers at the next mount.</summary>
    private const string CreateInodes = """
        CREATE TABLE inodes (cut INTEGER PRIMARY KEY, family INTEGER NOT NULL, folder INTEGER NOT NULL, list BLOB NOT NULL, sum INTEGER);
        CREATE TABLE delta_inodes (delta INTEGER PRIMARY KEY, first INTEGER NOT NULL, sum INTEGER);
        """;

    private void Prepare(string path)
    {
        Run("PRAGMA journal_mode = WAL");
        Run("PRAGMA synchronous = FULL");
        // The log stays short: it lies where room may be scarce, and no write waits for the catalog.
        Run("PRAGMA wal_autocheckpoint = 64");
        Run("PRAGMA temp_store = MEMORY");
        Run("PRAGMA busy_timeout = 5000");
        version = Identify(path);
        string check = (string?)Scalar("PRAGMA quick_check(1)") ?? "";
        if (check != "ok")
            throw Damaged(path, check, null);
        if (version < SchemaVersion)
        {
            Transaction(() =>
            {
                if (version == 0)
                    Run(CreateSchema);
                // Since version 2.
                if (version < 2)
                    Run(CreateSeals);
                if (version < SumsSince)
                    AddSums();
                if (version < BackupsSince)
                {
                    Run(CreateBackups);
                    SetSetting("state_id", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
                }
                if (version < ClocksSince)
                    Run(CreateClocks);
                if (version < InodesSince)
                    Run(CreateInodes);
                Run($"PRAGMA application_id = {ApplicationId}");
                Run($"PRAGMA user_version = {SchemaVersion}");
            });
            version = SchemaVersion;
        }
    }

    /// <returns>The schema's version; 0: a new database.</returns>
    private int Identify(string path)
    {
        int found = Convert.ToInt32(Scalar("PRAGMA user_version"), CultureInfo.InvariantCulture);
        int application = Convert.ToInt32(Scalar("PRAGMA application_id"), CultureInfo.InvariantCulture);
        long tables = Convert.ToInt64(Scalar("SELECT count(*) FROM sqlite_master"), CultureInfo.InvariantCulture);
        if (found > SchemaVersion)
            throw new CatalogException(FsError.InvalidArgument, $"the catalog {path} has schema version {found}, made by a newer VdFs than this one (which knows {SchemaVersion}); use the newer VdFs, or move the state directory away to start without history");
        if (tables != 0 && application != ApplicationId)
            throw new CatalogException(FsError.InvalidArgument, $"{path} is a database, but not a catalog of VdFs; name another state directory");
        return found;
    }

    private bool HasTable(string name)
    {
        bool has = false;
        Query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $n", _ => has = true, ("$n", name));
        return has;
    }

    private static CatalogException Damaged(string path, string detail, Exception? inner) =>
        new(FsError.Io, $"the catalog {path} is damaged ({detail}); the images are untouched. Restore the state directory, or have `vdfs check --repair` move the catalog aside to start without history: the next backup is then a full one", inner);

    private string GetSetting(string key, string otherwise)
    {
        string value = otherwise;
        Query("SELECT value FROM settings WHERE key = $k", r => value = r.GetString(0), ("$k", key));
        return value;
    }

    private void SetSetting(string key, string value) =>
        Run("INSERT INTO settings (key, value, sum) VALUES ($k, $v, row_sum('settings', $k, $v)) ON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = excluded.sum", ("$k", key), ("$v", value));

    private void Run(string sql, params (string Name, object Value)[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    private object? Scalar(string sql)
    {
        using SqliteCommand command = Command(sql, []);
        return command.ExecuteScalar();
    }

    private void Query(string sql, Action<SqliteDataReader> row, params (string Name, object Value)[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            row(reader);
    }

#pragma warning disable CA2100 // Every statement is a literal of this class; values go in as parameters.
    private SqliteCommand Command(string sql, (string Name, object Value)[] parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }
#pragma warning restore CA2100

    private void Transaction(Action work) => Guard(() =>
    {
        Run("BEGIN IMMEDIATE");
        try
        {
            work();
            Run("COMMIT");
        }
        catch
        {
            try
            {
                Run("ROLLBACK");
            }
            catch (SqliteException)
            {
                // SQLite rolls back by itself after some errors (a full disk); then there is nothing left to roll back.
            }
            throw;
        }
    });

    private void Guard(Action work) => Guard(() =>
    {
        work();
        return true;
    });

    private T Guard<T>(Func<T> work)
    {
        lock (use)
        {
            // What a writer caused may come after the end.
            ObjectDisposedException.ThrowIf(disposed, this);
            try
            {
                return work();
            }
            catch (SqliteException e)
            {
                throw e.SqliteErrorCode switch
                {
                    SQLitePCL.raw.SQLITE_FULL => new CatalogException(FsError.NoSpace, "there is no room left for the catalog where the state directory lies; nothing was changed. Free some on its filesystem, release snapshots or forget checkpoints, and try again", e),
                    SQLitePCL.raw.SQLITE_READONLY => new CatalogException(FsError.ReadOnly, "the catalog can't be written: the state directory is read-only", e),
                    SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB => Damaged(connection.DataSource, e.Message, e),
                    SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => new CatalogException(FsError.Busy, "the catalog is in use by another program; end it and try again", e),
                    // The log holds the commit, handed over: whoever reads it next may find it whole.
                    _ => new CatalogException(FsError.Io, $"the catalog failed: {e.Message}", e) { MayComeBack = e.SqliteExtendedErrorCode == SQLitePCL.raw.SQLITE_IOERR_FSYNC },
                };
            }
            catch (Exception e) when (e is InvalidCastException or FormatException or OverflowException or ArgumentException)
            {
                // SQLite takes any type in any column: what is read may not be what was written.
                throw Damaged(connection.DataSource, e.Message, e);
            }
        }
    }
}
