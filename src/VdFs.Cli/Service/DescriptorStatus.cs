namespace VdFs.Cli.Service;

/// <summary>Descriptors of the daemon's worker.</summary>
/// <param name="Used">Open ones, those that are idle included.</param>
/// <param name="Idle">Those of them that are closed when others are needed.</param>
/// <param name="Limit">How many it may have (RLIMIT_NOFILE).</param>
/// <param name="Warning">Empty, or what is close to the limit and what to do.</param>
public sealed record DescriptorStatus(int Used, int Idle, long Limit, string Warning);
