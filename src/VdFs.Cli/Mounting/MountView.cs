using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>
/// The mounts that this process sees, by the kernel's text: asking it never touches a mount, so one that hangs can't hang the asker.
/// </summary>
/// <param name="entries">As <see cref="MountTable.Read()"/> orders them: a later one at the same place is on top.</param>
public sealed class MountView(IReadOnlyList<MountEntry> entries)
{
    public IReadOnlyList<MountEntry> Entries { get; } = entries;

    public static MountView Read() => new(MountTable.Read());

    /// <summary>The topmost mount at exactly this path.</summary>
    public MountEntry? At(string path)
    {
        for (int i = Entries.Count - 1; i >= 0; i--)
        {
            if (Entries[i].MountPoint == path)
                return Entries[i];
        }
        return null;
    }

    /// <summary>The mount that an absolute path without symbolic links lies in: the longest mount point that it begins with.</summary>
    public MountEntry? Containing(string path)
    {
        MountEntry? best = null;
        foreach (var entry in Entries)
        {
            if (IsAtOrBelow(path, entry.MountPoint) && (best is null || entry.MountPoint.Length >= best.MountPoint.Length))
                best = entry;
        }
        return best;
    }

    /// <summary>
    /// Where a filesystem was mounted first, by any place of it: a bind mount is another place, and so is what the kernel makes where a directory that
    /// is mounted over is also bound elsewhere, if its mount is shared. The table names the first before its copies.
    /// </summary>
    public MountEntry Origin(MountEntry mount)
    {
        foreach (var other in Entries)
        {
            if (other.Major == mount.Major && other.Minor == mount.Minor && other.Root == "/")
                return other;
        }
        return mount;
    }

    /// <summary>Whether <paramref name="path"/> is <paramref name="folder"/> or lies below it; both absolute and normal.</summary>
    public static bool IsAtOrBelow(string path, string folder) =>
        folder == "/" || path == folder
        || (path.Length > folder.Length && path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal));
}
