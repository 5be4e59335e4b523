using System.Globalization;

namespace VdFs.Cli.Composition;

/// <summary>
/// How a unit's main process tells the service manager what next. The unit starts another worker whatever the exit code is, as a build that is tried may end with any; but for two, which it knows
/// (vdfs@.service: RestartPreventExitStatus=). It says by VDFS_UNIT= that it does.
/// </summary>
internal static class UnitExit
{
    /// <summary>The mount is gone, and all is written.</summary>
    private const int Gone = 76;

    /// <summary>There is no mount, and another try would find the same.</summary>
    private const int InVain = 77;

    private static readonly bool Knows = Environment.GetEnvironmentVariable("VDFS_UNIT") == "2";

    /// <summary>Whether users hang on a mount that a former process made.</summary>
    private static bool IsLive => Environment.GetEnvironmentVariable("LISTEN_PID") is { Length: > 0 };

    /// <summary>The manager passed descriptors to another process, which has started this one.</summary>
    public static bool IsNotTheMainProcess => IsLive && Environment.GetEnvironmentVariable("LISTEN_PID") != Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <summary>The exit code of an end that was asked for.</summary>
    public static int Done => Knows ? Gone : (int)ExitCode.Ok;

    /// <summary>The exit code of a failure before anything was mounted, or after it was given up.</summary>
    public static int Failed(ExitCode code) => Knows ? InVain : (int)code;

    /// <summary>The exit code of a command line that can't be read. While a mount is live, the next build may understand it.</summary>
    public static int Unreadable() => Knows && !IsLive ? InVain : (int)ExitCode.Usage;
}
