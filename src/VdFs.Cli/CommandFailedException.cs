namespace VdFs.Cli;

/// <summary>A command ends without its result: how, and one sentence for stderr that says what happened and what to do.</summary>
public sealed class CommandFailedException(ExitCode code, string message, Exception? cause = null) : Exception(message, cause)
{
    public ExitCode Code { get; } = code;
}
