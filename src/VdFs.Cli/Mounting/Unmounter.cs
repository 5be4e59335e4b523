using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>Takes a mount away for a command.</summary>
internal static class Unmounter
{
    private const int Attempts = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static async Task UnmountAsync(string mountPoint, bool lazily, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                KernelMount.Unmount(mountPoint, lazily);
                return;
            }
            catch (MountException e) when (e.Failure == MountFailure.MountPointBusy && attempt < Attempts)
            {
                // A program that has just ended may still be closing its files.
                await Task.Delay(Pause, cancellation).ConfigureAwait(false);
            }
            catch (MountException e) when (e.Failure == MountFailure.MountPointBusy)
            {
                throw new CommandFailedException(ExitCode.Refused,
                    $"{mountPoint} is busy: some process has files open there or works in it; `fuser -vm {mountPoint}` shows which, end it, or use --lazy to take only the name away now.", e);
            }
            catch (MountException e)
            {
                throw MountFailures.Explain(e);
            }
        }
    }
}
