using System.CommandLine;
using VdFs.Backup;
using VdFs.Core.Space;

namespace VdFs.Cli.Backups;

/// <summary>What the commands on repositories have in common.</summary>
internal static class BackupCommands
{
    public static Argument<string> RepositoryArgument(string description) => new("REPOSITORY") { Description = description };

    /// <summary>Without it there is a summary, and what is wrong.</summary>
    public static Option<bool> VerboseOption() => new("--verbose", "-v") { Description = "A line for every image." };

    /// <summary>Runs a command's action; failures of backups become failures of the command.</summary>
    public static void SetAction(Command command, Func<ParseResult, CancellationToken, Task<ExitCode>> action) => command.SetAction(async (parsed, cancellation) =>
    {
        try
        {
            return (int)await action(parsed, cancellation).ConfigureAwait(false);
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

    /// <summary>Such a rate as `50M` or `50M/s`: bytes.</summary>
    public static long ParseRate(string option, string typed)
    {
        string size = typed.EndsWith("/s", StringComparison.Ordinal) ? typed[..^2] : typed;
        return ByteSize.TryParse(size, out long number) && number > 0 ? number
            : throw new CommandFailedException(ExitCode.Usage, $"{option} needs {ByteSize.Rule}, per second; {ByteSize.Advice(size)}.");
    }

    /// <summary>Such a share as `5%`, between 0 and 1.</summary>
    public static double ParseShare(string option, string typed) =>
        double.TryParse(typed.TrimEnd('%'), System.Globalization.CultureInfo.InvariantCulture, out double number) && number is > 0 and <= 100
            ? number / 100
            : throw new CommandFailedException(ExitCode.Usage, $"{option} takes a share above 0% and up to 100%, not '{typed}'.");
}
