namespace VdFs.TestKit.Processes;

/// <summary>What a finished process left.</summary>
/// <param name="Command">The command line, for messages.</param>
/// <param name="ExitCode">Its exit code; <see cref="TimedOut"/> if it had to be killed.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="Elapsed">From start to end.</param>
public sealed record ToolResult(string Command, int ExitCode, string Output, string Error, TimeSpan Elapsed)
{
    /// <summary>The exit code of a process that its time limit ended; no real one is negative.</summary>
    public const int TimedOut = -1;

    public bool Succeeded => ExitCode == 0;

    /// <summary>Itself, if the exit code is 0.</summary>
    /// <exception cref="ToolFailedException">It is not.</exception>
    public ToolResult Checked() => Succeeded ? this : throw new ToolFailedException(this);

    public IReadOnlyList<string> Lines =>
        Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public override string ToString() =>
        $"{Command}\n{(ExitCode == TimedOut ? "ended by its time limit" : $"exit code {ExitCode}")} after {Elapsed.TotalSeconds:F1} s"
        + $"\n--- stdout\n{Output}\n--- stderr\n{Error}";
}
