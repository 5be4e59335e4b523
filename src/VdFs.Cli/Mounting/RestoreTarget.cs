using VdFs.Cli.Output;
using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>Whether a restore may fill a directory: not the bare one that a mount is to be over.</summary>
internal static class RestoreTarget
{
    /// <summary><see cref="CommandFailedException"/> if the directory, or one above it, is known as a mount point and nothing is mounted there.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="mounts">A mount is never asked: what lies in one is as it should be.</param>
    public static void Refuse(string path, MountView mounts)
    {
        if (mounts.Containing(path) is { IsVdFs: true })
            return;
        for (string? folder = path; folder is not null; folder = System.IO.Path.GetDirectoryName(folder))
        {
            if (MountPointMark.BackingOf(folder) is { } backing)
            {
                throw new CommandFailedException(ExitCode.Refused,
                    $"{Shown.Text(folder)} is where VdFs shows the images of {Shown.Text(backing)}, and it isn't mounted now: what is restored there would be hidden by the next mount. Mount first (vdfs mount {Shown.Text(backing)} {Shown.Text(folder)}), or name another directory; one that is to be no mount point any more is removed and made anew (rmdir, mkdir).");
            }
        }
    }
}
