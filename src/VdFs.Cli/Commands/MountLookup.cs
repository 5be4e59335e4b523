using VdFs.Cli.Mounting;
using VdFs.Fuse.Mounting;
using VdFs.Cli.Service;

namespace VdFs.Cli.Commands;

/// <summary>From what was typed to the mount that is meant, by the kernel's table alone.</summary>
internal static class MountLookup
{
    /// <summary>A cut scans the whole tree: minutes on a very large one.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>The VdFs mount at exactly this path.</summary>
    public static MountEntry Find(CliHost host, string typed)
    {
        var mounts = host.Mounts();
        var path = PathResolver.Resolve(typed, mounts);
        if (mounts.At(path) is { IsVdFs: true } mount)
            return mount;
        if (mounts.Containing(path) is { IsVdFs: true } around)
            throw new CommandFailedException(ExitCode.Usage, $"{path} lies inside the mount {around.MountPoint}; name the mount point itself.");
        if (StrayDaemon.At(path, host.Folders, mounts) is { } stray)
            throw new CommandFailedException(ExitCode.Refused, stray.Problem);
        throw new CommandFailedException(ExitCode.NotFound, $"No VdFs is mounted at {path}; `vdfs status` lists the mounts.");
    }

    /// <summary>The mount that an image lies in, and the image's path below it.</summary>
    public static (MountEntry Mount, string Image) FindImage(CliHost host, string typed)
    {
        var mounts = host.Mounts();
        var path = PathResolver.Resolve(typed, mounts);
        if (mounts.Containing(path) is not { IsVdFs: true } mount)
            throw new CommandFailedException(ExitCode.NotFound, $"{path} isn't below a VdFs mount; name the image by its path in the mount (`vdfs status` lists the mounts).");
        if (path.Length <= mount.MountPoint.Length + 1)
            throw new CommandFailedException(ExitCode.Usage, $"{path} is the mount itself; name an image in it.");
        return (mount, path[(mount.MountPoint == "/" ? 1 : mount.MountPoint.Length + 1)..]);
    }

    public static ServiceClient Connect(CliHost host, MountEntry mount, TimeSpan? patience = null) => new(PlaceOf(host, mount), patience ?? Patience);

    /// <summary>
    /// Where the service of a mount may be: by the mount point's name, or, where that is another place of the same mount (a bind mount, or what propagation made of
    /// it), by the connection that its daemon has noted.
    /// </summary>
    public static ServicePlace PlaceOf(CliHost host, MountEntry mount)
    {
        var place = host.Folders.PlaceOf(mount);
        if (place.Presence != DaemonPresence.Unknown)
            return place;
        foreach (var (note, owner) in MountNote.Living(host.Folders))
        {
            if (note.Connection == mount.Minor && note.BackingDirectory == mount.Source)
                return host.Folders.PlaceOf(note.MountPoint, owner);
        }
        return place;
    }
}
