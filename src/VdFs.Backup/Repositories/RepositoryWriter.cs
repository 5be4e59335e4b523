using VdFs.Backup.Paths;
using VdFs.Core.Errors;

namespace VdFs.Backup.Repositories;

/// <summary>
/// The one writer of a repository: holds its lock, and has cleared away what a former one left that died. For one thread, but for what says otherwise.
/// </summary>
internal sealed class RepositoryWriter : IDisposable
{
    private readonly IDisposable hold;
    private bool marked;
    private bool leftoversStay;

    private RepositoryWriter(Repository repository, IDisposable hold)
    {
        Repository = repository;
        this.hold = hold;
    }

    public Repository Repository { get; }

    /// <summary>In the order in which they were made, those that can't be read first. As of the writer's start, plus what it added.</summary>
    public IReadOnlyList<BackupListing> Backups { get; private set; } = [];

    /// <summary>Above that of every backup, also of those that can't be read now and whose manifests may be put back.</summary>
    public long NextSequence => (Backups.Max(b => b.Manifest?.Sequence) ?? 0) + Backups.Count(b => b.Manifest is null) + 1;

    /// <param name="tell">Gets sentences about what was found and done.</param>
    public static RepositoryWriter Begin(Repository repository, Action<string> tell)
    {
        var writer = new RepositoryWriter(repository, repository.Store.Lock());
        try
        {
            repository.Store.ClearUncommitted();
            writer.Backups = repository.Backups();
            if (repository.Store.Exists(RepositoryPaths.Unfinished))
            {
                writer.marked = true;
                writer.ClearLeftovers(tell);
            }
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Notes durably that from here on there may be files that no backup names. Before the first of them.</summary>
    public void BeginChanges()
    {
        if (marked)
            return;
        using var marker = Repository.Store.Create(RepositoryPaths.Unfinished);
        marker.Write("A backup or prune began to write. If none is running, the next one clears away what this one left.\n"u8);
        marker.Commit();
        marked = true;
    }

    /// <summary>Everything that is there is named by a backup again.</summary>
    public void EndChanges()
    {
        if (leftoversStay || !marked)
            return;
        Repository.Store.Delete(RepositoryPaths.Unfinished);
        marked = false;
    }

    public void Add(BackupManifest manifest)
    {
        if (Repository.Store.Exists(RepositoryPaths.Manifest(manifest.Id)))
            throw new BackupException(FsError.AlreadyExists, $"The repository {Repository.Place} has a backup {manifest.Id} already; back up again, at another instant.");
        Repository.WriteManifest(manifest);
        Backups = [.. Backups, new(manifest.Id, manifest, null)];
    }

    /// <summary>
    /// Removes every file that no backup leads to, and settles which form merged files have. Nothing is removed if some manifest or record can't be read: what
    /// that one needs isn't known.
    /// </summary>
    /// <returns>Files removed and their bytes.</returns>
    public (int Files, long Bytes) ClearLeftovers(Action<string> tell)
    {
        HashSet<RelativePath> needed;
        try
        {
            // Anew: a manifest that failed to be synced may be there all the same.
            Backups = Repository.Backups();
            if (Backups.FirstOrDefault(b => b.Manifest is null) is { } unreadable)
                throw new DamagedException(unreadable.Problem!);
            needed = FindNeeded();
        }
        catch (BackupException e)
        {
            leftoversStay = true;
            tell($"What an interrupted backup or prune may have left in {Repository.Place} stays for now, since not everything there can be read: {e.Message}");
            return (0, 0);
        }
        leftoversStay = false;
        int files = 0;
        long bytes = 0;
        foreach (var path in Repository.Store.List(RepositoryPaths.Images))
        {
            if (needed.Contains(path) || !(RepositoryPaths.IsImage(path) || RepositoryPaths.IsRecord(path)))
                continue;
            using (var file = Repository.Store.Open(path))
                bytes += file.Length;
            Repository.Store.Delete(path);
            files++;
        }
        if (files > 0)
            tell($"{files} files that an interrupted backup or prune left in {Repository.Place} were removed.");
        EndChanges();
        return (files, bytes);
    }

    public void Dispose() => hold.Dispose();

    private HashSet<RelativePath> FindNeeded()
    {
        var needed = new HashSet<RelativePath>();
        var rest = new Stack<RelativePath>(Backups.SelectMany(b => b.Manifest!.Images).Select(i => i.File));
        while (rest.TryPop(out var file))
        {
            if (!needed.Add(file))
                continue;
            needed.Add(RepositoryPaths.Record(file));
            var record = Settle(file, Repository.ReadRecord(file));
            foreach (var form in record.Forms)
            {
                if (form.Backing is { } backing)
                    rest.Push(backing.File);
            }
        }
        return needed;
    }

    private FileRecord Settle(RelativePath file, FileRecord record)
    {
        if (record.Forms.Count == 1)
            return record;
        using var data = Repository.Store.Open(file);
        if (FileChain.PresentForm(record, data, $"{Repository.Place}/{file}") is not { } form)
            throw new DamagedException($"{Repository.Place}/{file} is damaged: it has {data.Length} bytes.");
        var settled = record with { Forms = [form] };
        Repository.WriteRecord(file, settled);
        return settled;
    }
}
