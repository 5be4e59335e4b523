using VdFs.Backup.Mounts;
using VdFs.Backup.Repositories;

namespace VdFs.Backup.Quiescing;

/// <summary>
/// The cut between the user's two commands. The rules: if the first one fails or takes too long, nothing is cut and there is no backup; once it was started, the second
/// one runs, whatever happens, a Ctrl-C too; if the second one fails, the cut is good and the backup goes on, and it is told, as guests may be standing still.
/// </summary>
internal static class QuiescedCut
{
    /// <summary>What came of it.</summary>
    /// <param name="Cut">Held for the backup.</param>
    /// <param name="Consistency">For the manifest: "application" if a command ran before the cut and said that it succeeded, else "crash".</param>
    /// <param name="Commands">For the manifest: which commands ran, and how they ended.</param>
    public sealed record Result(ILeasedCut Cut, string Consistency, IReadOnlyList<QuiesceRecord> Commands);

    public static async Task<Result> TakeAsync(QuiesceOptions? options, IReadOnlyDictionary<string, string> environment, Func<Task<ILeasedCut>> take, Action<string> warn, CancellationToken cancellation)
    {
        var commands = new List<QuiesceRecord>();
        if (options is null)
            return new(await take().ConfigureAwait(false), "crash", commands);
        ILeasedCut? cut = null;
        try
        {
            if (options.Before is { } before)
            {
                var end = await QuiesceCommand.RunAsync("command before the cut", before, options.Limit, environment, cancellation).ConfigureAwait(false);
                commands.Add(new("before", before, end.ExitCode));
                if (end.Failure is { } failure)
                    throw failure;
            }
            cut = await take().ConfigureAwait(false);
        }
        finally
        {
            await ResumeAsync(options, environment, commands, warn).ConfigureAwait(false);
        }
        return new(cut, commands.Exists(c => c is { When: "before", ExitCode: 0 }) ? "application" : "crash", commands);
    }

    private static async Task ResumeAsync(QuiesceOptions options, IReadOnlyDictionary<string, string> environment, List<QuiesceRecord> commands, Action<string> warn)
    {
        if (options.After is not { } after)
            return;
        // Not to be cancelled: guests stand still until it has run.
        var end = await QuiesceCommand.RunAsync("command after the cut", after, options.Limit, environment, CancellationToken.None).ConfigureAwait(false);
        commands.Add(new("after", after, end.ExitCode));
        if (end.Failure is { } failure)
            warn($"{failure.Message} Look whether the guests go on.");
    }
}
