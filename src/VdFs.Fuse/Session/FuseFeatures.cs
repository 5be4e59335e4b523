namespace VdFs.Fuse.Session;

/// <summary>What the kernel gives this mount, for status and doctor.</summary>
/// <param name="Kernel">Its release, as uname(1) tells it.</param>
/// <param name="ProtocolMajor">Of FUSE.</param>
/// <param name="ProtocolMinor">Of FUSE, as the kernel offered it.</param>
/// <param name="Refused">What VdFs asked for and the kernel hasn't.</param>
public sealed record FuseFeatures(string Kernel, int ProtocolMajor, int ProtocolMinor, IReadOnlyList<RefusedFeature> Refused);

/// <param name="Name">The protocol's name of the feature.</param>
/// <param name="Use">What VdFs would have done with it.</param>
public sealed record RefusedFeature(string Name, string Use);
