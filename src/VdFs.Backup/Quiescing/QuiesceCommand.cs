using System.ComponentModel;
using System.Diagnostics;
using VdFs.Backup.Native;
using VdFs.Core.Errors;

namespace VdFs.Backup.Quiescing;

/// <summary>Runs a command in a session of its own, so that its time limit ends all of what it started, and a Ctrl-C at the terminal doesn't reach it.</summary>
internal static class QuiesceCommand
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <param name="what">For messages: "command before the cut".</param>
    /// <param name="environment">Variables for it beside the caller's own.</param>
    /// <returns>How it ended: that it failed, couldn't be started or took too long is no exception.</returns>
    /// <exception cref="OperationCanceledException">It was ended since that was asked for.</exception>
    public static async Task<QuiesceEnd> RunAsync(string what, string command, TimeSpan limit, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
    {
        // setsid(1) becomes the command itself: its process id is also that of the session and the process group. What it says isn't the backup's answer, which may be JSON.
        var start = new ProcessStartInfo("setsid", ["/bin/sh", "-c", "exec >&2\n" + command]) { RedirectStandardInput = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new(null, new(FsError.NotSupported, $"The {what} can't be started: {e.Message}; it needs setsid, of util-linux.", e));
        }
        process.StandardInput.Close();
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        time.CancelAfter(limit);
        try
        {
            await process.WaitForExitAsync(time.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            return new(null, new(FsError.TimedOut, $"The {what} took more than {limit.TotalSeconds:0.#} s and was killed, with all that it started: {command}"));
        }
        return new(process.ExitCode, process.ExitCode == 0 ? null : new(FsError.Busy, $"The {what} ended with exit code {process.ExitCode}: {command}"));
    }

    private static async Task EndAsync(Process process)
    {
        _ = Libc.kill(-process.Id, Libc.SIGTERM);
        using var grace = new CancellationTokenSource(Grace);
        try
        {
            await process.WaitForExitAsync(grace.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // SIGKILL follows in any case: what it started may be there still.
        }
        _ = Libc.kill(-process.Id, Libc.SIGKILL);
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
    }
}
