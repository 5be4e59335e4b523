using System.IO;
using System.Security.Cryptography;
using System.Text;
using VdFs.Cli.Mounting;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Service;

/// <summary>
/// Where the services of a user's mounts listen: one folder per mount, named by a hash of the mount point's path, so that a client finds it
/// without asking the mount. The state directory won't do: when VdFs is mounted over the backing directory no path leads there.
/// </summary>
/// <param name="root">Holds one folder per mount.</param>
/// <param name="user">Whose folders these are.</param>
public sealed class RuntimeFolders(string root, uint user)
{
    /// <summary>unix(7): 108 bytes with the final NUL.</summary>
    private const int LongestSocketPath = 107;

    public string Root { get; } = root;

    /// <summary>`/run/vdfs` for root, else below XDG_RUNTIME_DIR, else `/tmp/vdfs-UID`.</summary>
    public static RuntimeFolders For(uint user, string? xdgRuntimeDirectory) => new(
        user == 0 ? "/run/vdfs"
            : xdgRuntimeDirectory is ['/', ..] ? xdgRuntimeDirectory.TrimEnd('/') + "/vdfs"
            : $"/tmp/vdfs-{user}",
        user);

    /// <summary>First 16 hexadecimal digits of the SHA-256 of the mount point's absolute path.</summary>
    public static string IdOf(string mountPoint) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(mountPoint)).AsSpan(0, 8));

    public string FolderOf(string mountPoint) => $"{Root}/{IdOf(mountPoint)}";

    public string SocketOf(string mountPoint) => FolderOf(mountPoint) + "/control.sock";

    /// <summary>Held by the daemon from before it mounts to its last breath: who gets it knows that no daemon serves this mount point.</summary>
    public string LockOf(string mountPoint) => FolderOf(mountPoint) + "/lock";

    /// <summary>Sockets where the service of a mount may listen.</summary>
    public IEnumerable<string> SocketCandidates(MountEntry mount) => Candidates(mount).Select(one => one.SocketOf(mount.MountPoint));

    /// <summary>Locks that the daemon of a mount may hold.</summary>
    public IEnumerable<string> LockCandidates(MountEntry mount) => Candidates(mount).Select(one => one.LockOf(mount.MountPoint));

    /// <summary>Locks of all daemons that this user can know of, also of those whose mount is gone from the table already.</summary>
    /// <param name="mounts">Who root looks for beyond itself.</param>
    public IEnumerable<string> AllLocks(IEnumerable<MountEntry> mounts)
    {
        foreach (var root in mounts.Where(m => m.IsVdFs).SelectMany(Candidates).Select(one => one.Root).Append(Root).Distinct())
        {
            string[] found = [];
            try
            {
                found = Directory.GetDirectories(root);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // There is none, or it is another user's.
            }
            foreach (var folder in found)
                yield return folder + "/lock";
        }
    }

    /// <summary>A client that is root finds other users' mounts too.</summary>
    private IEnumerable<RuntimeFolders> Candidates(MountEntry mount)
    {
        yield return this;
        if (user == 0 && mount.Owner is { } owner && owner != 0)
        {
            yield return For(owner, $"/run/user/{owner}");
            yield return For(owner, null);
        }
    }

    /// <summary>Makes the folder of a mount, mode 0700, and makes sure that it and the one above belong to this user alone.</summary>
    public string Prepare(string mountPoint)
    {
        var folder = FolderOf(mountPoint);
        if (Encoding.UTF8.GetByteCount(SocketOf(mountPoint)) > LongestSocketPath)
            throw new CommandFailedException(ExitCode.Usage, $"The path of the control socket, {SocketOf(mountPoint)}, is too long for a Unix socket; set XDG_RUNTIME_DIR to a shorter one.");
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
                $"The folder {folder} for the control socket isn't this user's alone (a folder, its owner, mode 0700); remove it, or set XDG_RUNTIME_DIR to a folder of your own.");
        }
    }
}
