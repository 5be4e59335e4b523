namespace VdFs.Fuse.Supervision;

/// <summary>How a worker ended.</summary>
/// <param name="ExitCode">If it ended by itself.</param>
/// <param name="Signal">What killed it; 0 if nothing did.</param>
public readonly record struct WorkerEnd(int ExitCode, int Signal)
{
    /// <summary>Exit code of a worker that makes room for another build.</summary>
    public const int Upgrade = 75;

    public bool IsDone => Signal == 0 && ExitCode == 0;

    public bool IsUpgrade => Signal == 0 && ExitCode == Upgrade;

    public override string ToString() => Signal != 0 ? $"was killed by signal {Signal}" : $"ended with exit code {ExitCode}";
}
