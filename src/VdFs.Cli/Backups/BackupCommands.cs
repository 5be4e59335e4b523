using System.CommandLine;
using System.Runtime.InteropServices;
using VdFs.Backup;

namespace VdFs.Cli.Backups;

/// <summary>What the commands on repositories have in common.</summary>
internal static class BackupCommands
{
    public static Argument<string> RepositoryArgument(string description) => new("REPOSITORY") { Description = description };

    /// <summary>Without it there is a summary, and what is wrong.</summary>
    public static Option<bool> VerboseOption() => new("--verbose", "-v") { Description = "A line for every image." };

    /// <summary>
    /// Runs a command's action; failures of backups become failures of the command. A Ctrl-C or SIGTERM cancels it, so that it can tidy up; a second one ends
    /// the process at once.
    /// </summary>
    public static void SetAction(Command command, Func<ParseResult, CancellationToken, Task<ExitCode>> action) => command.SetAction(async (parsed, cancellation) =>
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(stop, signal));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(stop, signal));
        try
        {
            return (int)await action(parsed, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (stop.IsCancellationRequested)
        {
            throw new CommandFailedException(ExitCode.Unexpected, $"Interrupted: `vdfs {command.Name}` ended before it was done, and cleared away what it had begun. Backups that are complete are as they were.", e);
        }
        catch (MountService.MountServiceException e)
        {
            throw new CommandFailedException(e.Code, e.Message, e);
        }
        catch (BackupException e)
        {
            throw new CommandFailedException(ExitCodes.From(e.Error), e.Message, e);
        }
        catch (AggregateException e) when (e.InnerException is BackupException inner)
        {
            throw new CommandFailedException(ExitCodes.From(inner.Error), inner.Message, e);
        }
    });

    private static void Stop(CancellationTokenSource stop, PosixSignalContext signal)
    {
        signal.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    }

    /// <summary>Such a number as `50M`: bytes, with K, M, G or T in units of 1024.</summary>
    public static long ParseBytes(string option, string typed)
    {
        int unit = "KMGT".IndexOf(char.ToUpperInvariant(typed.Length > 0 ? typed[^1] : ' '));
        string digits = unit < 0 ? typed : typed[..^1];
        return long.TryParse(digits, System.Globalization.CultureInfo.InvariantCulture, out long number) && number > 0 && number < long.MaxValue >> 40
            ? number << (10 * (unit + 1))
            : throw new CommandFailedException(ExitCode.Usage, $"{option} takes a number of bytes, as 500K or 50M, not '{typed}'.");
    }

    /// <summary>Such a share as `5%`, between 0 and 1.</summary>
    public static double ParseShare(string option, string typed) =>
        double.TryParse(typed.TrimEnd('%'), System.Globalization.CultureInfo.InvariantCulture, out double number) && number is > 0 and <= 100
            ? number / 100
            : throw new CommandFailedException(ExitCode.Usage, $"{option} takes a share above 0% and up to 100%, not '{typed}'.");
}
