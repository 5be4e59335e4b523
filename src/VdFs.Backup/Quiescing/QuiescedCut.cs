using VdFs.Backup.Mounts;

namespace VdFs.Backup.Quiescing;

/// <summary>
/// The cut between the user's two commands. The rules: if the first one fails or takes too long, nothing is cut and there is no backup; once it was started, the second
/// one runs, whatever happens, a Ctrl-C too; if the second one fails, the cut is good and the backup goes on, and it is told, as guests may be standing still.
/// </summary>
internal static class QuiescedCut
{
    /// <summary>What came of it.</summary>
    /// <param name="Consistency">For the manifest: "application" or "crash".</param>
    public sealed record Result(ILeasedCut Cut, string Consistency);

    public static async Task<Result> TakeAsync(QuiesceOptions? options, IReadOnlyDictionary<string, string> environment, Func<Task<ILeasedCut>> take, Action<string> warn, CancellationToken cancellation)
    {
        if (options is null)
            return new(await take().ConfigureAwait(false), "crash");
        ILeasedCut? cut = null;
        try
        {
            if (options.Before is { } before)
                await QuiesceCommand.RunAsync("command before the cut", before, options.Limit, environment, cancellation).ConfigureAwait(false);
            cut = await take().ConfigureAwait(false);
        }
        finally
        {
            await ResumeAsync(options, environment, warn).ConfigureAwait(false);
        }
        return new(cut, options.Before is null ? "crash" : "application");
    }

    private static async Task ResumeAsync(QuiesceOptions options, IReadOnlyDictionary<string, string> environment, Action<string> warn)
    {
        if (options.After is not { } after)
            return;
        try
        {
            // Not to be cancelled: guests stand still until it has run.
            await QuiesceCommand.RunAsync("command after the cut", after, options.Limit, environment, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            warn($"{e.Message} Look whether the guests go on.");
        }
    }
}
