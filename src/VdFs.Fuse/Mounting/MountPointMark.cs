using System.Globalization;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Mounting;

/// <summary>
/// What VdFs notes on the bare directory that it mounts over: that it is a mount point, and while it is mounted, whose it was. While mounted, an empty one is
/// root's alone (mode 0700), so that nobody fills it when the mount's name is gone. Not for a mount over the backing directory itself.
/// </summary>
/// <remarks>
/// The notes are extended attributes of the directory: they need no place of their own, are there after a power cut, and go with the directory. Each carries the
/// directory's inode number, since tools copy attributes. The order: the former owner is noted before anything is changed, and the note goes after all is put back,
/// so that a death in between leaves a directory that can be put back.
/// </remarks>
public static class MountPointMark
{
    /// <summary>Inode number and backing directory; readable by everyone.</summary>
    private const string Known = "user.vdfs.mountpoint";

    /// <summary>The same where the filesystem has no attributes of users (tmpfs before Linux 6.6).</summary>
    private const string KnownToRoot = "trusted.vdfs.mountpoint";

    /// <summary>Inode number, owner, group and mode, while it is guarded. Only root can write or read it.</summary>
    private const string Former = "trusted.vdfs.former";

    private const uint Guarded = 0x1C0; // 0700

    /// <summary>Before it is mounted over: notes it, and guards it if it is empty and this is root. Nothing happens where the filesystem keeps no attributes.</summary>
    public static void Guard(string mountPoint, string backing)
    {
        using var directory = MarkedDirectory.Open(mountPoint);
        if (directory is null)
            return;
        string known = $"{directory.Inode} {backing}";
        if (!directory.Write(Known, known) && IsRoot)
            directory.Write(KnownToRoot, known);
        if (!IsRoot || !directory.IsEmpty())
            return;
        // Still guarded: the last mount ended by a death, and its note tells the owner.
        if (ReadFormer(directory) is not null && IsGuarded(directory))
            return;
        if (directory.Write(Former, string.Create(CultureInfo.InvariantCulture, $"{directory.Inode} {directory.Owner} {directory.Group} {directory.Mode}")))
            directory.Set(0, 0, Guarded);
    }

    /// <summary>
    /// After its mount: gives it back to whom it was, unless it was changed meanwhile. The caller has the daemon's lock, and has seen that no VdFs is mounted there.
    /// </summary>
    /// <returns>Whether it was guarded.</returns>
    public static bool PutBack(string mountPoint)
    {
        if (!IsRoot || MountTable.Read().Any(m => m.MountPoint == mountPoint && m.Type == KernelMount.Type))
            return false;
        using var directory = MarkedDirectory.Open(mountPoint);
        if (directory is null || ReadFormer(directory) is not var (owner, group, mode))
            return false;
        if (IsGuarded(directory) && !directory.Set(owner, group, mode))
            return false;
        directory.Remove(Former);
        return true;
    }

    /// <summary>The backing directory that is mounted at this bare directory when it is mounted; null: it isn't known as a mount point. Never to be asked of a mount.</summary>
    public static string? BackingOf(string directory)
    {
        using var opened = MarkedDirectory.Open(directory);
        if (opened is null || (opened.Read(Known) ?? opened.Read(KnownToRoot)) is not { } text)
            return null;
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && text[..space] == opened.Inode.ToString(CultureInfo.InvariantCulture) ? text[(space + 1)..] : null;
    }

    private static bool IsRoot => FuseLibc.geteuid() == 0;

    private static bool IsGuarded(MarkedDirectory directory) => directory is { Owner: 0, Group: 0, Mode: Guarded };

    private static (uint Owner, uint Group, uint Mode)? ReadFormer(MarkedDirectory directory)
    {
        string[] words = directory.Read(Former)?.Split(' ') ?? [];
        return words.Length == 4 && words[0] == directory.Inode.ToString(CultureInfo.InvariantCulture)
            && uint.TryParse(words[1], CultureInfo.InvariantCulture, out uint owner) && uint.TryParse(words[2], CultureInfo.InvariantCulture, out uint group)
            && uint.TryParse(words[3], CultureInfo.InvariantCulture, out uint mode) ? (owner, group, mode) : null;
    }
}
