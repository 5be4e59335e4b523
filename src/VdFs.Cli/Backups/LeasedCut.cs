using VdFs.Backup.Mounts;
using VdFs.Cli.Service;

namespace VdFs.Cli.Backups;

/// <summary>A snapshot that the service holds for as long as the connection to it is there.</summary>
internal sealed class LeasedCut : ILeasedCut
{
    private readonly BackupLease lease;
    private readonly CancellationTokenSource lost = new();

    public LeasedCut(BackupLease lease)
    {
        this.lease = lease;
        var snapshot = lease.Begun.Snapshot;
        Cut = new(snapshot.Name, snapshot.CutId, snapshot.Time, snapshot.Held) { Clock = snapshot.Clock, Warning = snapshot.Warning };
        _ = lease.Ended.ContinueWith(_ => lost.Cancel(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    public MountCut Cut { get; }

    public string StateId => lease.Begun.StateId;

    public CancellationToken Lost => lost.Token;

    public ValueTask DisposeAsync()
    {
        lease.Dispose();
        return ValueTask.CompletedTask;
    }
}
