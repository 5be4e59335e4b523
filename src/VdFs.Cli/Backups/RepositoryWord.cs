using VdFs.Backup.Repositories;
using VdFs.Backup.Restoring;

namespace VdFs.Cli.Backups;

/// <summary>REPOSITORY or REPOSITORY@BACKUP, as typed.</summary>
/// <param name="Place">The directory.</param>
/// <param name="Backup">Which backup; null: the newest, or all.</param>
internal readonly record struct RepositoryWord(string Place, string? Backup)
{
    public static RepositoryWord Parse(string typed)
    {
        typed = Mounting.WorkingFolder.Absolute(typed) is var full && typed.EndsWith('/') ? full + "/" : full;
        int at = typed.LastIndexOf('@');
        return at <= 0 || at == typed.Length - 1 || RestoreRun.IsFolder(typed) ? new(typed, null) : new(typed[..at], typed[(at + 1)..]);
    }

    public Repository Open() => Open(Place);

    public static Repository Open(string place) => Open(DirectoryStore.Open(Mounting.WorkingFolder.Absolute(place)), Repository.Open);

    /// <summary>The repository that is there, or a new one.</summary>
    public static Repository OpenOrCreate(string place) => Open(DirectoryStore.Open(Mounting.WorkingFolder.Absolute(place), create: true), Repository.OpenOrCreate);

    private static Repository Open(DirectoryStore store, Func<DirectoryStore, Repository> open)
    {
        try
        {
            return open(store);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }
}
