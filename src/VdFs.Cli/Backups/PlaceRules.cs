using VdFs.Cli.Mounting;
using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Backups;

/// <summary>
/// Where repositories and what is restored must not lie: a repository among the images would be in every snapshot and grow with each backup, and what is written to a
/// live mount's backing directory passes its records. Pure: the table of mounts is given.
/// </summary>
public static class PlaceRules
{
    /// <summary>What stands against writing to a repository; null if nothing does.</summary>
    /// <param name="repository">As typed.</param>
    /// <param name="backedUp">The mount that is backed up; null for other work on the repository.</param>
    /// <param name="mounts">Where mounts are.</param>
    public static CommandFailedException? CheckRepository(string repository, MountEntry? backedUp, MountView mounts)
    {
        string path = PathResolver.Resolve(repository, mounts);
        if (DirectoryPlace.Of(path, mounts) is not { } place)
            return null;
        if (backedUp is not null && (place.Major, place.Minor) == (backedUp.Major, backedUp.Minor))
            return new(ExitCode.Refused, $"The repository {repository} lies in the mount {backedUp.MountPoint}, which is what it is to hold: every backup would be in the next one. Name a directory elsewhere, on another disk best.");
        return Live(place, mounts) is { } live
            ? new(ExitCode.Refused, $"The repository {repository} lies in the directory of images that VdFs shows at {live.Mount.MountPoint}: it would be in every snapshot of that mount, and be written past it. Name a directory elsewhere, on another disk best.")
            : null;
    }

    /// <summary>What stands against restoring to a target; null if nothing does.</summary>
    /// <param name="target">As typed: a directory, or a file in one.</param>
    /// <param name="repository">As typed.</param>
    /// <param name="mounts">Where mounts are.</param>
    public static CommandFailedException? CheckTarget(string target, string repository, MountView mounts)
    {
        string path = PathResolver.Resolve(target, mounts);
        if (DirectoryPlace.Of(path, mounts) is not { } place)
            return null;
        if (DirectoryPlace.Of(PathResolver.Resolve(repository, mounts), mounts) is { } from && place.IsIn(from))
            return new(ExitCode.Refused, $"{target} lies in the repository {repository}, and nothing but backups is written there; restore to another directory.");
        return Live(place, mounts) is { } live
            ? new(ExitCode.Refused, $"{target} lies in the directory of images that VdFs shows at {live.Mount.MountPoint}, and what is written there passes the mount: its next backups would miss it. Restore through the mount: to {live.Mount.MountPoint.TrimEnd('/')}{place.Below(live.Backing)}.")
            : null;
    }

    private static (MountEntry Mount, DirectoryPlace Backing)? Live(DirectoryPlace place, MountView mounts)
    {
        foreach (var mount in mounts.Entries)
        {
            if (mount.IsVdFs && DirectoryPlace.BackingOf(mount, mounts) is { } backing && place.IsIn(backing))
                return (mount, backing);
        }
        return null;
    }
}
