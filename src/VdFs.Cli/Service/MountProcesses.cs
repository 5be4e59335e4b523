namespace VdFs.Cli.Service;

/// <summary>Who keeps a mount alive.</summary>
/// <param name="Build">What the worker was started from: a program or an assembly.</param>
/// <param name="Supervisor">Process id of the supervisor; null: it died, or the service manager holds the descriptors.</param>
/// <param name="Restarts">How often a worker was replaced since the mount went live.</param>
/// <param name="LastPauseMilliseconds">From a worker's end to the moment at which the next one served, the last time; null: never.</param>
public sealed record MountProcesses(string Build, int? Supervisor, int Restarts, double? LastPauseMilliseconds);
