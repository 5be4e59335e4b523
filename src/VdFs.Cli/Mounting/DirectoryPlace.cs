using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>
/// Where a directory lies in its filesystem: the same by whatever path, through symbolic links, bind mounts, and where another mount covers it. By the kernel's table
/// of mounts; nothing is looked into.
/// </summary>
/// <param name="Major">Of the filesystem's device number.</param>
/// <param name="Minor">Of the same.</param>
/// <param name="Path">Absolute, from the filesystem's root.</param>
public readonly record struct DirectoryPlace(int Major, int Minor, string Path)
{
    /// <summary>Of what a path leads to now.</summary>
    /// <param name="path">Absolute, without symbolic links.</param>
    /// <param name="mounts">Where mounts are.</param>
    public static DirectoryPlace? Of(string path, MountView mounts) => mounts.Containing(path) is { } mount ? In(mount, path) : null;

    /// <summary>Of what VdFs shows at a mount, though the mount may cover it.</summary>
    public static DirectoryPlace? BackingOf(MountEntry vdfs, MountView mounts) =>
        new MountView([.. mounts.Entries.Where(e => !e.IsVdFs)]).Containing(vdfs.Source) is { } mount ? In(mount, vdfs.Source) : null;

    /// <summary>Whether this is <paramref name="folder"/> or lies below it.</summary>
    public bool IsIn(DirectoryPlace folder) => IsOn(folder) && MountView.IsAtOrBelow(Path, folder.Path);

    /// <summary>Whether both are of one filesystem.</summary>
    public bool IsOn(DirectoryPlace other) => (Major, Minor) == (other.Major, other.Minor);

    /// <summary>What comes behind <paramref name="folder"/>, which it has to lie in; begins with a slash, or is empty.</summary>
    public string Below(DirectoryPlace folder) => folder.Path == "/" ? Path == "/" ? "" : Path : Path[folder.Path.Length..];

    private static DirectoryPlace In(MountEntry mount, string path)
    {
        string rest = mount.MountPoint == "/" ? path : path[mount.MountPoint.Length..];
        string place = (mount.Root == "/" ? "" : mount.Root) + (rest == "/" ? "" : rest);
        return new(mount.Major, mount.Minor, place.Length == 0 ? "/" : place);
    }
}
