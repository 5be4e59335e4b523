using VdFs.Core.Backups;
using VdFs.Core.Snapshots;

namespace VdFs.Cli.Service;

/// <summary>
/// Leases that a former worker held: their owners, running backups, lost their connection with it and come back soon, or have ended too. Those that nobody came for end after a while.
/// </summary>
/// <remarks>Safe from any thread.</remarks>
internal sealed class OrphanedLeases(IBackupService backups) : IDisposable
{
    /// <summary>Longer than a client tries to come back.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>Guards <see cref="repositories"/>. A leaf.</summary>
    private readonly Lock guard = new();

    /// <summary>By the cut's id: the repository's.</summary>
    private readonly Dictionary<string, string> repositories = new(StringComparer.Ordinal);
    private Timer? timer;

    /// <param name="all">All snapshots and checkpoints that there are when the service begins.</param>
    public void Begin(IEnumerable<SnapshotInfo> all)
    {
        lock (guard)
        {
            foreach (var one in all)
            {
                if (one.Backup == "leased")
                    repositories[one.CutId] = one.Repository;
            }
            if (repositories.Count > 0)
                timer = new Timer(_ => End(null), null, Grace, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Its owner is there.</summary>
    public void Take(string cutId)
    {
        lock (guard)
            repositories.Remove(cutId);
    }

    /// <summary>Ends those that were made for a repository; null: all.</summary>
    public void End(string? repository)
    {
        List<string> ended;
        lock (guard)
        {
            ended = [.. repositories.Where(one => repository is null || one.Value == repository).Select(one => one.Key)];
            foreach (var cutId in ended)
                repositories.Remove(cutId);
        }
        foreach (var cutId in ended)
            _ = backups.EndLease(cutId);
    }

    public void Dispose() => timer?.Dispose();
}
