using System.IO;

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

    /// <summary>Ends a connection that nobody serves: all requests under way and all later ones fail.</summary>
    /// <exception cref="MountException"/>
    public static void Abort(MountEntry mount)
    {
        try
        {
            File.WriteAllText($"{Folder}/{mount.Minor}/abort", "1");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MountException(
                MountFailure.Other, $"The connection of {mount.MountPoint} could not be aborted ({e.Message}): run this as root, and mount fusectl at {Folder}.");
        }
    }
}
