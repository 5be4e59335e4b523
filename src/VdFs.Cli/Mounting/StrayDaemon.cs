using VdFs.Cli.Service;

namespace VdFs.Cli.Mounting;

/// <summary>
/// A daemon that lives on though its mount's name is gone here: another mount namespace has a copy of the mount, or files are open after a lazy unmount.
/// </summary>
/// <param name="Note">Who it is.</param>
/// <param name="Owner">Whose.</param>
internal sealed record StrayDaemon(MountNote Note, uint Owner)
{
    /// <summary>All that this user can know of.</summary>
    public static IEnumerable<StrayDaemon> All(RuntimeFolders folders, MountView mounts) =>
        MountNote.Living(folders).Where(one => IsStray(one.Note, mounts)).Select(one => new StrayDaemon(one.Note, one.Owner));

    /// <summary>The one of a mount point; null: there is none.</summary>
    public static StrayDaemon? At(string mountPoint, RuntimeFolders folders, MountView mounts) =>
        All(folders, mounts).FirstOrDefault(one => one.Note.MountPoint == mountPoint);

    /// <summary>Why a daemon can't begin: another one has the lock of its mount point.</summary>
    public static CommandFailedException InTheWay(string mountPoint, string lockPath) => new(
        ExitCode.Exists,
        MountNote.Read(lockPath) is { } note && IsStray(note, MountView.Read()) ? new StrayDaemon(note, 0).Problem
            : $"Another daemon serves {mountPoint}, or is just ending; see `vdfs status`, and try again.");

    /// <summary>What is so, who causes it, and what can be done.</summary>
    public string Problem =>
        $"Nothing is mounted at {Note.MountPoint} here any more, but its daemon (process {Note.Process}) still serves {Note.BackingDirectory} "
        + (MountUsers.Of(Note.Connection) is { } users ? $"to {users}" : "to processes that can't be seen from here")
        + $". It ends when they end; to have it end now, which gives them errors: vdfs unmount --force {Note.MountPoint}.";

    private static bool IsStray(MountNote note, MountView mounts) =>
        note.Connection != 0 && !mounts.Entries.Any(m => m.IsVdFs && m.Minor == note.Connection);
}
