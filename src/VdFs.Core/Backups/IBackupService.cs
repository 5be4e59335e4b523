using VdFs.Core.Errors;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Backups;

/// <summary>
/// What a backup asks of the engine, beyond reading views and deltas as any tool does. Of the cuts that are made for a repository at most one stays as a checkpoint: the base of
/// its next backup, which the limit of checkpoints takes last. Calls block until done and are safe from any thread but those that serve requests without waiting.
/// </summary>
public interface IBackupService
{
    /// <summary>32 hexadecimal digits, random: one state directory's. Images are known to repositories by it and their number.</summary>
    string StateId { get; }

    /// <summary>
    /// Settles what former backups of this repository left, going by what the repository says is its newest complete one, and cuts a snapshot that is leased to the caller.
    /// <see cref="FsError.Busy"/> if another backup into this repository is under way.
    /// </summary>
    Outcome BeginBackup(BackupStart start, out SnapshotInfo? snapshot);

    /// <summary>The owner of a lease that a former worker held is there. <see cref="FsError.NotFound"/>: it isn't leased any more; one that is complete counts as leased.</summary>
    /// <param name="cutId">32 hexadecimal digits.</param>
    Outcome ResumeBackup(string cutId, out SnapshotInfo? snapshot);

    /// <summary>The backup of this cut is on stable storage in its repository: the snapshot is released, and its checkpoint takes the place of the former base's.</summary>
    /// <param name="cutId">32 hexadecimal digits.</param>
    Outcome CompleteBackup(string repository, string cutId);

    /// <summary>The one who had the lease is gone: the snapshot is released, unless it was completed. Does nothing to a cut that isn't leased.</summary>
    Outcome EndLease(string cutId);

    /// <summary>An image's content isn't what its records make of the last backup: nothing that was recorded of it up to now is believed any more. Held snapshots of it stay.</summary>
    /// <param name="image">As deltas name it: state id, hyphen, number.</param>
    /// <param name="reason">For the log and for whoever asks why the next backup is a full one.</param>
    Outcome RevokeLineage(string image, string reason);
}
