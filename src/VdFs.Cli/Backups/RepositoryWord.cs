using System.IO;
using VdFs.Backup.Repositories;

namespace VdFs.Cli.Backups;

/// <summary>REPOSITORY or REPOSITORY@BACKUP, as typed.</summary>
/// <param name="Place">The directory.</param>
/// <param name="Backup">Which backup; null: the newest, or all.</param>
internal readonly record struct RepositoryWord(string Place, string? Backup)
{
    public static RepositoryWord Parse(string typed)
    {
        int at = typed.LastIndexOf('@');
        return at <= 0 || at == typed.Length - 1 || Directory.Exists(typed) ? new(typed, null) : new(typed[..at], typed[(at + 1)..]);
    }

    public Repository Open() => Open(Place);

    public static Repository Open(string place)
    {
        var store = DirectoryStore.Open(place);
        try
        {
            return Repository.Open(store);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }
}
