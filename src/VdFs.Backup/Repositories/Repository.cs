using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using VdFs.Backup.Paths;
using VdFs.Core.Errors;

namespace VdFs.Backup.Repositories;

/// <summary>
/// A repository, open for reading: its backups and their files. Needs no lock and changes nothing; what a writer changes meanwhile is seen when it is looked at again.
/// Safe from any thread.
/// </summary>
/// <remarks>
/// What has to hold at every instant, whatever dies: each manifest that is there names files that are whole, down to the end of their chains, and that are what
/// their records say, in one of the forms that the record has. Files that no manifest leads to may be there only while <see cref="RepositoryPaths.Unfinished"/> is.
/// </remarks>
public sealed class Repository : IDisposable
{
    private Repository(IRepositoryStore store, RepositoryHeader header)
    {
        Store = store;
        Header = header;
    }

    public string Id => Header.Id;

    public string Place => Store.Place;

    /// <summary>Ids of the state directories whose images it holds.</summary>
    public IReadOnlyList<string> States => Header.States;

    internal IRepositoryStore Store { get; }

    internal RepositoryHeader Header { get; private set; }

    /// <summary>Opens what is there. The store is the repository's from then on, and closed with it.</summary>
    /// <exception cref="BackupException">There is no repository, or one that this version can't read.</exception>
    public static Repository Open(IRepositoryStore store)
    {
        IStoredFile file;
        try
        {
            file = store.Open(RepositoryPaths.Header);
        }
        catch (BackupException e) when (e.Error == FsError.NotFound)
        {
            bool looks = store.List(RepositoryPaths.Backups).Count > 0;
            throw new BackupException(FsError.NotFound, looks
                ? $"{store.Place} has backups, but its {RepositoryPaths.Header} is missing: put it back from a copy of the repository; the qcow2 files can be read without it."
                : $"{store.Place} isn't a repository: it has no {RepositoryPaths.Header}. If it is to become one, add --init to `vdfs backup`; if it should be one, look whether its disk is mounted.", e);
        }
        using (file)
        {
            var header = SealedJson.Read(file, $"{store.Place}/{RepositoryPaths.Header}", RepositoryJson.Default.RepositoryHeader);
            if (header.Format != RepositoryHeader.FormatName)
                throw new BackupException(FsError.NotFound, $"{store.Place} isn't a repository of VdFs: its {RepositoryPaths.Header} is of the format '{header.Format}'.");
            if (header.Version != RepositoryHeader.CurrentVersion)
                throw new BackupException(FsError.NotSupported, $"The repository {store.Place} has format {header.Version}, and this version of vdfs reads {RepositoryHeader.CurrentVersion}; use a newer one.");
            return new(store, header);
        }
    }

    /// <summary>Opens what is there, or makes a repository where nothing is: may be repeated, whatever became of the first time.</summary>
    /// <exception cref="BackupException">Something else is there, or a repository that this version can't read.</exception>
    public static Repository OpenOrCreate(IRepositoryStore store) => store.Exists(RepositoryPaths.Header) ? Open(store) : Create(store);

    /// <summary>Makes a repository where nothing is.</summary>
    /// <exception cref="BackupException">Something is there; it is left as it was.</exception>
    public static Repository Create(IRepositoryStore store)
    {
        // Before the lock, which is a file: where it is refused, nothing may be left.
        ThrowIfTaken(store);
        using (store.Lock())
        {
            ThrowIfTaken(store);
            store.ClearUncommitted();
            var header = new RepositoryHeader(RepositoryHeader.FormatName, RepositoryHeader.CurrentVersion, NewId(), []);
            Write(store, RepositoryPaths.Header, header, RepositoryJson.Default.RepositoryHeader);
            return new(store, header);
        }
    }

    private static void ThrowIfTaken(IRepositoryStore store)
    {
        if (store.Exists(RepositoryPaths.Header))
            throw new BackupException(FsError.AlreadyExists, $"{store.Place} is a repository already.");
        if (store.HoldsOtherThings())
            throw new BackupException(FsError.AlreadyExists, $"{store.Place} isn't empty, so it isn't made a repository, and nothing there was changed; name an empty directory or one that isn't there yet.");
    }

    /// <summary>All backups in the order in which they were made; those that can't be read come first.</summary>
    public IReadOnlyList<BackupListing> Backups()
    {
        var all = new List<BackupListing>();
        foreach (var path in Store.List(RepositoryPaths.Backups))
        {
            if (RepositoryPaths.ManifestId(path) is not { } id)
                continue;
            try
            {
                all.Add(new(id, Load(id), null));
            }
            catch (BackupException e) when (e.Error == FsError.NotFound)
            {
                // Pruned between the listing and now.
            }
            catch (BackupException e)
            {
                all.Add(new(id, null, e.Message) { IsDamaged = e is DamagedException });
            }
        }
        return [.. all.OrderBy(b => b.Manifest?.Sequence ?? -1).ThenBy(b => b.Id, StringComparer.Ordinal)];
    }

    /// <summary>The manifest of a backup by its whole id.</summary>
    public BackupManifest Load(string id)
    {
        var path = RepositoryPaths.Manifest(id);
        using var file = Store.Open(path);
        string place = $"The manifest {Place}/{path}";
        var manifest = SealedJson.Read(file, place, RepositoryJson.Default.BackupManifest);
        if (manifest.Format != BackupManifest.FormatName || manifest.Id != id)
            throw new DamagedException($"{place} is that of something else.");
        if (manifest.Version is < 1 or > BackupManifest.CurrentVersion)
            throw new BackupException(FsError.NotSupported, $"{place} has format {manifest.Version}, and this version of vdfs reads up to {BackupManifest.CurrentVersion}; use a newer one.");
        if (manifest.Repository != Id)
            throw new DamagedException($"{place} belongs to another repository.");
        if (manifest.Images.Any(i => !RepositoryPaths.IsImage(i.File) || i.Path.IsRoot || i.Size < 0))
            throw new DamagedException($"{place} names what can't be an image.");
        return manifest;
    }

    /// <inheritdoc cref="BackupWord.Find"/>
    public BackupManifest Find(string? word, Action<string>? tell = null) => BackupWord.Find(this, word, tell ?? (static _ => { }));

    /// <summary>Opens what an image of a backup is read from.</summary>
    /// <exception cref="DamagedException">A link of the chain is missing or isn't what it was.</exception>
    internal FileChain OpenChain(BackupImage image) => FileChain.Open(this, new(image.File, image.Content));

    internal FileRecord ReadRecord(RelativePath file)
    {
        var path = RepositoryPaths.Record(file);
        using var stored = Store.Open(path);
        string place = $"The record {Place}/{path}";
        var record = SealedJson.Read(stored, place, RepositoryJson.Default.FileRecord);
        if (record.Version != FileRecord.CurrentVersion)
            throw new BackupException(FsError.NotSupported, $"{place} has format {record.Version}, and this version of vdfs reads {FileRecord.CurrentVersion}; use a newer one.");
        if (record.Format != FileRecord.FormatName || record.Forms.Count is < 1 or > 2 || record.VirtualSize < 0
            || record.Forms.Any(f => f.Length < 0 || (f.Backing is { } backing && !RepositoryPaths.IsImage(backing.File))))
        {
            throw new DamagedException($"{place} says what can't be.");
        }
        return record;
    }

    internal void WriteHeader(RepositoryHeader header)
    {
        Write(Store, RepositoryPaths.Header, header, RepositoryJson.Default.RepositoryHeader);
        Header = header;
    }

    /// <returns>Bytes that it takes.</returns>
    internal long WriteRecord(RelativePath file, FileRecord record) => Write(Store, RepositoryPaths.Record(file), record, RepositoryJson.Default.FileRecord);

    internal void WriteManifest(BackupManifest manifest) => Write(Store, RepositoryPaths.Manifest(manifest.Id), manifest, RepositoryJson.Default.BackupManifest);

    internal static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public void Dispose() => Store.Dispose();

    private static long Write<T>(IRepositoryStore store, RelativePath path, T value, JsonTypeInfo<T> type)
    {
        using var writer = store.Create(path);
        byte[] bytes = SealedJson.Write(value, type);
        writer.Write(bytes);
        writer.Commit();
        return bytes.Length;
    }
}
