using System.IO;
using VdFs.Cli.Service;
using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>A mount whose supervisor and worker both died: nobody can serve it any more, but its name still stands in the way of a new one.</summary>
internal static class StaleMount
{
    /// <summary>The one that a request would be refused for; null if there is none.</summary>
    public static MountEntry? Find(MountRequest request, MountView mounts, RuntimeFolders folders)
    {
        if (mounts.At(request.MountPoint) is not { IsVdFs: true } mount)
            return null;
        if (mount.Source != request.BackingDirectory && !request.InPlace)
            return null;
        // The lock tells it, and never the mount itself: who asks one that hangs, hangs with it. Without a lock nobody can know.
        return folders.PlaceOf(mount).Presence == DaemonPresence.Ended ? mount : null;
    }

    /// <summary>Takes its name away.</summary>
    public static void Detach(MountEntry mount, TextWriter output)
    {
        try
        {
            KernelMount.Unmount(mount.MountPoint, lazily: true);
        }
        catch (MountException e)
        {
            throw MountFailures.Explain(e);
        }
        output.WriteLine($"vdfs: the former mount at {mount.MountPoint} was left by processes that died; it is taken away.");
    }
}
