using System.IO;
using System.Security.Cryptography;
using System.Text;
using VdFs.Cli.Mounting;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Service;

/// <summary>
/// Where the services of a user's mounts listen: one folder per mount, named by a hash of the mount point's path, so that a client finds it
/// without asking the mount. The state directory won't do: when VdFs is mounted over the backing directory no path leads there. Nor will
/// XDG_RUNTIME_DIR, which goes with the login session, and which cron doesn't have.
/// </summary>
/// <param name="root">Holds one folder per mount.</param>
/// <param name="user">Whose folders these are.</param>
/// <param name="former">Where daemons of former builds may still listen for this user; looked into, never written to.</param>
public sealed class RuntimeFolders(string root, uint user, params IReadOnlyList<string> former)
{
    /// <summary>unix(7): 108 bytes with the final NUL.</summary>
    private const int LongestSocketPath = 107;

    public string Root { get; } = root;

    /// <summary>`/run/vdfs` for root, `/tmp/vdfs-UID` for others.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="xdgRuntimeDirectory">Where that user's session keeps such things; former builds listened there.</param>
    public static RuntimeFolders For(uint user, string? xdgRuntimeDirectory = null)
    {
        if (user == 0)
            return new("/run/vdfs", user);
        string usual = $"/run/user/{user}/vdfs";
        return xdgRuntimeDirectory is ['/', ..] && xdgRuntimeDirectory.TrimEnd('/') + "/vdfs" is var other && other != usual
            ? new($"/tmp/vdfs-{user}", user, other, usual) : new($"/tmp/vdfs-{user}", user, usual);
    }

    /// <summary>First 16 hexadecimal digits of the SHA-256 of the mount point's absolute path.</summary>
    public static string IdOf(string mountPoint) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(mountPoint)).AsSpan(0, 8));

    public string FolderOf(string mountPoint) => $"{Root}/{IdOf(mountPoint)}";

    public string SocketOf(string mountPoint) => FolderOf(mountPoint) + "/control.sock";

    /// <summary>Held by the daemon from before it mounts to its last breath: who gets it knows that no daemon serves this mount point.</summary>
    public string LockOf(string mountPoint) => FolderOf(mountPoint) + "/lock";

    /// <summary>Where the service of a mount may be: with the user who mounted it, as the kernel tells, and nowhere else.</summary>
    public ServicePlace PlaceOf(MountEntry mount) => PlaceOf(mount.MountPoint, mount.Owner ?? user);

    /// <param name="mountPoint">Absolute.</param>
    /// <param name="owner">Who mounted it.</param>
    public ServicePlace PlaceOf(string mountPoint, uint owner)
    {
        string[] folders = [.. RootsOf(owner).Select(one => $"{one}/{IdOf(mountPoint)}")];
        return new(mountPoint, owner, [.. folders.Select(one => one + "/control.sock")], [.. folders.Select(one => one + "/lock")]);
    }

    /// <summary>Locks of all daemons that this user can know of, also of those whose mount is gone from the table already; for root those of all users.</summary>
    /// <returns>The lock's path and whose it is.</returns>
    public IEnumerable<(string Lock, uint Owner)> AllLocks()
    {
        foreach (var (root, owner) in AllRoots())
        {
            foreach (var folder in FoldersIn(root, "*"))
                yield return (folder + "/lock", owner);
        }
    }

    private IEnumerable<string> RootsOf(uint owner) => owner == user ? former.Prepend(Root) : For(owner).Everywhere();

    private IEnumerable<string> Everywhere() => former.Prepend(Root);

    /// <summary>Folders that really are their owner's: another user could have made one of that name.</summary>
    private IEnumerable<(string Root, uint Owner)> AllRoots()
    {
        var owners = new HashSet<uint> { user };
        if (user == 0)
        {
            foreach (var name in FoldersIn("/tmp", "vdfs-*").Select(one => one["/tmp/vdfs-".Length..]).Concat(FoldersIn("/run/user", "*").Select(one => one["/run/user/".Length..])))
            {
                if (uint.TryParse(name, out uint other))
                    owners.Add(other);
            }
        }
        return owners.SelectMany(owner => RootsOf(owner).Select(root => (root, owner)))
            .Where(one => ProcessCalls.Look(one.root, out _, out uint whose) == 0 && whose == one.owner);
    }

    private static string[] FoldersIn(string folder, string pattern)
    {
        try
        {
            return Directory.GetDirectories(folder, pattern);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is none, or it is another user's.
            return [];
        }
    }

    /// <summary>Makes the folder of a mount, mode 0700, and makes sure that it and the one above belong to this user alone.</summary>
    public string Prepare(string mountPoint)
    {
        var folder = FolderOf(mountPoint);
        if (Encoding.UTF8.GetByteCount(SocketOf(mountPoint)) > LongestSocketPath)
            throw new CommandFailedException(ExitCode.Usage, $"The path of the control socket, {SocketOf(mountPoint)}, is too long for a Unix socket.");
        try
        {
            MakeOwn(Root);
            MakeOwn(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.NoPermission, $"The folder {folder} for the control socket can't be made: {e.Message}", e);
        }
        return folder;
    }

    private void MakeOwn(string folder)
    {
        const uint TypeMask = 0xF000, Directory = 0x4000, Others = 0x3F;
        System.IO.Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        int error = ProcessCalls.Look(folder, out uint mode, out uint owner);
        if (error != 0 || (mode & TypeMask) != Directory || owner != user || (mode & Others) != 0)
        {
            throw new CommandFailedException(ExitCode.NoPermission,
                $"The folder {folder} for the control socket isn't this user's alone (a folder, its owner, mode 0700); remove it, or have root do so if it is another user's.");
        }
    }
}
