using VdFs.Core.Backups;

namespace VdFs.Backup.Mounts;

/// <summary>What a backup asks of a mount beyond its files. The command line answers it by the mount's service. Failures are <see cref="BackupException"/>.</summary>
public interface IMountService
{
    /// <summary>Path of the mount.</summary>
    string MountPoint { get; }

    /// <summary>All snapshots and checkpoints, oldest first.</summary>
    Task<IReadOnlyList<MountCut>> ListAsync(CancellationToken cancellation);

    /// <summary>Cuts a snapshot that is held for this caller only: it goes when the lease is disposed of without being completed, or the caller dies.</summary>
    Task<ILeasedCut> BeginAsync(BackupStart start, CancellationToken cancellation);

    /// <summary>The cut is in the repository: it becomes the repository's base, and the snapshot a checkpoint.</summary>
    Task CompleteAsync(string repository, string cutId, CancellationToken cancellation);

    /// <summary>What was recorded of an image isn't believed any more: it counts as changed as a whole.</summary>
    /// <param name="image">State id and number.</param>
    Task BreakLineageAsync(string image, string reason, CancellationToken cancellation);
}
