using VdFs.Backup.Mounts;
using VdFs.Cli.Service;

namespace VdFs.Cli.Backups;

/// <summary>A snapshot that the service holds for as long as the connection to it is there. If a worker dies, it comes back for the snapshot at its successor.</summary>
internal sealed class LeasedCut : ILeasedCut
{
    private readonly ServiceClient client;
    private readonly CancellationTokenSource lost = new();
    private readonly CancellationTokenSource over = new();

    /// <summary>Guards <see cref="lease"/>. A leaf.</summary>
    private readonly Lock guard = new();
    private BackupLease lease;

    /// <param name="client">Stays the caller's.</param>
    /// <param name="lease">This object's from now on.</param>
    public LeasedCut(ServiceClient client, BackupLease lease)
    {
        this.client = client;
        this.lease = lease;
        var snapshot = lease.Begun.Snapshot;
        Cut = new(snapshot.Name, snapshot.CutId, snapshot.Time, snapshot.Held) { Clock = snapshot.Clock, Warning = snapshot.Warning };
        StateId = lease.Begun.StateId;
        _ = FollowAsync();
    }

    public MountCut Cut { get; }

    public string StateId { get; }

    public CancellationToken Lost => lost.Token;

    public ValueTask DisposeAsync()
    {
        lock (guard)
        {
            over.Cancel();
            lease.Dispose();
        }
        return ValueTask.CompletedTask;
    }

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                await lease.Ended.ConfigureAwait(false);
                // A service that lives and gave the snapshot up says so here: there is no lease any more.
                var next = await client.ResumeBackupAsync(Cut.CutId, over.Token).ConfigureAwait(false);
                lock (guard)
                {
                    lease = next;
                    if (over.IsCancellationRequested)
                    {
                        next.Dispose();
                        return;
                    }
                }
            }
        }
        catch (CommandFailedException)
        {
            lost.Cancel();
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }
}
