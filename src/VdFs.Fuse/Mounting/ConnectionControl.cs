using System.IO;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Mounting;

/// <summary>A FUSE connection from outside, by /sys/fs/fuse/connections (the filesystem fusectl has to be mounted there).</summary>
public static class ConnectionControl
{
    private const string Folder = "/sys/fs/fuse/connections";

    /// <summary>Requests that wait for an answer. Null if the connection can't be seen.</summary>
    public static int? Waiting(MountEntry mount)
    {
        try
        {
            return int.TryParse(File.ReadAllText($"{Folder}/{mount.Minor}/waiting"), out int waiting) ? waiting : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Ends a connection, served or not: all requests under way and all later ones fail. A worker that serves it notices, and ends in good order.</summary>
    /// <param name="minor">Of its device number.</param>
    /// <exception cref="MountException"/>
    public static unsafe void Abort(int minor)
    {
        if (!Directory.Exists($"{Folder}/{minor}") && FuseLibc.geteuid() == 0)
        {
            // The place where systemd has it on every host.
            fixed (byte* source = KernelMount.Bytes("fusectl"), target = KernelMount.Bytes(Folder), type = KernelMount.Bytes("fusectl"))
                _ = MountLibc.mount(source, target, type, 0, null);
        }
        try
        {
            File.WriteAllText($"{Folder}/{minor}/abort", "1");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            bool missing = e is FileNotFoundException or DirectoryNotFoundException;
            throw new MountException(
                missing ? MountFailure.NotMounted : MountFailure.NotPermitted,
                missing ? $"There is no connection {minor} in {Folder}: it has ended already, or the filesystem fusectl isn't mounted there (mount -t fusectl fusectl {Folder})."
                    : $"The connection {minor} could not be ended ({e.Message}): run this as the user who mounted, or as root.");
        }
    }
}
