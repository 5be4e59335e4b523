using VdFs.Core.Backups;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Core;

/// <summary>
/// Backups. At every instant, of the cuts that were made for a repository: at most one is complete, and it stays until another is; one is leased while a backup runs; others are
/// leftovers, which go when the repository has said which is its newest complete one.
/// </summary>
public sealed partial class Engine : IBackupService
{
    public string StateId { get; private set; } = "";

    public Outcome BeginBackup(BackupStart start, out SnapshotInfo? snapshot)
    {
        snapshot = null;
        if (!IsId(start.Repository) || (start.LastBackup is not null && !IsId(start.LastBackup)))
            return Outcome.Failed(FsError.InvalidArgument, "the ids of a repository and of a cut are 32 hexadecimal digits; nothing was cut");
        Outcome selected = Select(start.Patterns, out ImageSelection? selection);
        if (!selected.Succeeded)
            return selected;
        lock (cutLock)
        {
            if (CutsFor(start.Repository).FirstOrDefault(s => s.Backup == BackupState.Leased) is { } running)
                return Outcome.Failed(FsError.Busy, $"a backup into this repository is under way, from snapshot '{running.Name}'; wait for it, or end it");
            Outcome settled = Try(() => Settle(start.Repository, start.LastBackup));
            if (!settled.Succeeded)
                return settled;
            Outcome outcome = Cut(start.Name, selection, ByteText.Wild(string.Join('\n', start.Patterns)), start.Repository, out Snapshot? cut);
            if (cut is not null)
                snapshot = Describe(cut, long.MaxValue);
            return outcome;
        }
    }

    public Outcome ResumeBackup(string cutId, out SnapshotInfo? snapshot)
    {
        lock (cutLock)
        {
            Snapshot? cut = FindCut(cutId);
            bool resumed = cut is { Backup: BackupState.Leased, Held: true } or { Backup: BackupState.Complete };
            snapshot = resumed ? Describe(cut!, long.MaxValue) : null;
            return resumed ? Outcome.Success : Outcome.Failed(FsError.NotFound, "the snapshot of this backup is no longer held for it");
        }
    }

    public Outcome CompleteBackup(string repository, string cutId)
    {
        lock (cutLock)
        {
            Snapshot? cut = FindCut(cutId);
            // It may have been released under the backup, or by a death: what the repository has is complete all the same.
            if (cut is null || cut.Repository != repository || cut.Backup == BackupState.None)
                return Outcome.Failed(FsError.NotFound, "the cut of this backup is no longer known to the mount; the backup is complete, and the next one will be a full one");
            return Try(() =>
            {
                Mark(cut, BackupState.Complete);
                // The former base first: its place under the limit of checkpoints is the new one's.
                Settle(repository, cutId);
                if (cut.Held)
                    ReleaseSteps(cut);
            });
        }
    }

    public Outcome EndLease(string cutId)
    {
        lock (cutLock)
        {
            return ended || FindCut(cutId) is not { Backup: BackupState.Leased } cut ? Outcome.Success : Try(() => End(cut));
        }
    }

    public Outcome RevokeLineage(string image, string reason)
    {
        lock (cutLock)
        {
            Image? found = image.StartsWith(StateId + "-", StringComparison.Ordinal) && ulong.TryParse(image.AsSpan(StateId.Length + 1), out ulong number)
                ? Images.Find(new ImageId(number))
                : null;
            if (found is null)
                return Outcome.Failed(FsError.NotFound, $"this mount knows no image {image}; nothing was revoked");
            // Held snapshots stay: what they show was read, and found different from a backup, not from what it was.
            found.LineageSince = host.Generation + 1;
            found.LineageBroken = reason;
            host.Log(new(true, $"image {found.Id}: {reason}; its changes are known again from the next snapshot on, and backups up to that one are full ones."));
            return Try(() => catalog.PutImages([RowOf(found)]));
        }
    }

    /// <summary>Leases of a mount that ended: nobody reads those snapshots any more.</summary>
    private void EndLeases()
    {
        foreach (Snapshot cut in Snapshots.All.Where(s => s.Backup == BackupState.Leased).ToArray())
            End(cut);
    }

    private void End(Snapshot cut)
    {
        Mark(cut, BackupState.Ended);
        if (cut.Held)
            ReleaseSteps(cut);
        host.Log(new(false, $"the backup that read snapshot '{cut.Name}' has ended; the snapshot is released"));
    }

    /// <summary>Of what was cut for a repository, only its newest complete backup stays, and what a backup is reading.</summary>
    private void Settle(string repository, string? complete)
    {
        foreach (Snapshot cut in CutsFor(repository).ToArray())
        {
            bool isBase = complete is not null && Convert.ToHexStringLower(cut.CutId) == complete;
            if (isBase)
                Mark(cut, BackupState.Complete);
            else if (!cut.Held)
                Forget(cut);
        }
    }

    private void Mark(Snapshot cut, BackupState state)
    {
        if (cut.Backup == state)
            return;
        catalog.MarkBackup(cut.Number, state);
        cut.Backup = state;
    }

    private IEnumerable<Snapshot> CutsFor(string repository) => Snapshots.All.Where(s => s.Repository == repository && s.Backup != BackupState.None);

    private Snapshot? FindCut(string cutId) => Snapshots.All.FirstOrDefault(s => Convert.ToHexStringLower(s.CutId) == cutId);

    private static bool IsId(string id) => id.Length == 32 && id.All(char.IsAsciiHexDigitLower);
}
