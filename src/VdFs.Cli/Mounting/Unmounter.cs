using System.Diagnostics;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Mounting;

/// <summary>Takes a mount away, as root by the system call, otherwise through fusermount3.</summary>
internal static class Unmounter
{
    private const int NotPermitted = 1, Busy = 16;
    private const int Attempts = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static async Task UnmountAsync(string mountPoint, bool lazy, uint user, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            int error = user == 0 ? ProcessCalls.Unmount(mountPoint, lazy) : await ByHelperAsync(mountPoint, lazy, cancellation).ConfigureAwait(false);
            if (error == 0)
                return;
            // A program that has just ended may still be closing its files.
            if (error == Busy && attempt < Attempts)
            {
                await Task.Delay(Pause, cancellation).ConfigureAwait(false);
                continue;
            }
            throw error switch
            {
                Busy => new CommandFailedException(ExitCode.Refused,
                    $"{mountPoint} is busy: some process has files open there or works in it; `fuser -vm {mountPoint}` shows which, end it, or use --lazy to take only the name away now."),
                NotPermitted => new(ExitCode.NoPermission, $"{mountPoint} may not be unmounted by this user; do it as the one who mounted it, or as root."),
                _ => new(ExitCode.Unexpected, $"{mountPoint} can't be unmounted (errno {error}); `vdfs status` and the kernel's log may say why."),
            };
        }
    }

    /// <returns>0, or the errno that fusermount3's message stands for.</returns>
    private static async Task<int> ByHelperAsync(string mountPoint, bool lazy, CancellationToken cancellation)
    {
        if (MountFacts.FindProgram("fusermount3") is not { } program)
            throw new CommandFailedException(ExitCode.HostLacks, "Unmounting without being root needs fusermount3, which isn't installed; install the package fuse3, or unmount as root.");
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["-u", .. lazy ? (string[])["-z"] : [], "--", mountPoint])
            start.ArgumentList.Add(argument);
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        var said = await process.StandardError.ReadToEndAsync(cancellation).ConfigureAwait(false);
        await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        return process.ExitCode == 0 ? 0
            : said.Contains("busy", StringComparison.OrdinalIgnoreCase) ? Busy
            : NotPermitted;
    }
}
