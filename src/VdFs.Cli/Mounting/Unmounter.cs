using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>Takes a mount away for a command.</summary>
internal static class Unmounter
{
    private const int Attempts = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static async Task UnmountAsync(MountEntry mount, bool lazily, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                KernelMount.Unmount(mount.MountPoint, lazily);
                return;
            }
            catch (MountException e) when (e.Failure == MountFailure.MountPointBusy && attempt < Attempts)
            {
                // A program that has just ended may still be closing its files.
                await Task.Delay(Pause, cancellation).ConfigureAwait(false);
            }
            catch (MountException e) when (e.Failure == MountFailure.MountPointBusy)
            {
                string who = MountUsers.Of(mount.Minor) is { } users ? $"by {users}; end {(users.Contains(',', StringComparison.Ordinal) ? "these" : "it")}" : "by a process that this user may not see, or something is mounted below it; end that";
                throw new CommandFailedException(ExitCode.Refused, $"{mount.MountPoint} is busy: it is used {who}, or use --lazy to take only the name away now.", e);
            }
            catch (MountException e)
            {
                throw MountFailures.Explain(e);
            }
        }
    }
}
