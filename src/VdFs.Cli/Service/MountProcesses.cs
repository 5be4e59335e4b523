namespace VdFs.Cli.Service;

/// <summary>Who keeps a mount alive.</summary>
/// <param name="Build">What the worker was started from: a program or an assembly.</param>
/// <param name="Transport">How requests come to it, as <see cref="Mounting.TransportWord"/> writes it.</param>
/// <param name="Holder">Who holds the mount if the worker dies: one of <see cref="Composition.MountHolders"/>.</param>
/// <param name="Supervisor">Process id of the supervisor; null: there is none (any more).</param>
/// <param name="Restarts">How often a worker was replaced since the mount went live.</param>
/// <param name="Hangs">How many of those because it hung.</param>
/// <param name="FailedUpgrades">How many builds were tried that didn't get to serve.</param>
/// <param name="LastPauseMilliseconds">From a worker's end to the moment at which the next one served, the last time; null: never.</param>
/// <param name="Descriptors">The worker's.</param>
public sealed record MountProcesses(string Build, string Transport, string Holder, int? Supervisor, int Restarts, int Hangs, int FailedUpgrades, double? LastPauseMilliseconds, DescriptorStatus Descriptors);
