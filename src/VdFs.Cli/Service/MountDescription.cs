namespace VdFs.Cli.Service;

/// <summary>What a mount is, as far as it doesn't change while it lives.</summary>
/// <param name="BackingDirectory">Absolute path.</param>
/// <param name="MountPoint">Absolute path.</param>
/// <param name="StateDirectory">Absolute path; out of reach while VdFs is mounted over it.</param>
/// <param name="PreserveDirectory">Absolute path; likewise.</param>
/// <param name="Log">Path of the log; empty if it goes to the terminal.</param>
/// <param name="Protocol">FUSE protocol spoken with the kernel, such as `7.45`.</param>
/// <param name="Options">Words as mount(8) has them.</param>
/// <param name="MaxCheckpoints">How many checkpoints are kept.</param>
/// <param name="Refused">What the kernel or the backing filesystem doesn't offer, each as a short sentence.</param>
public sealed record MountDescription(
    string BackingDirectory, string MountPoint, string StateDirectory, string PreserveDirectory, string Log,
    string Protocol, IReadOnlyList<string> Options, int MaxCheckpoints, IReadOnlyList<string> Refused);
