using VdFs.Fuse.Native;

namespace VdFs.Fuse.Protocol;

/// <summary>What INIT settled. A later worker of the same connection has to know it: INIT comes once.</summary>
/// <param name="Major">The kernel's.</param>
/// <param name="Minor">The kernel's, even if newer than ours.</param>
/// <param name="Taken">Flags that are in force.</param>
/// <param name="Offered">Flags that the kernel has.</param>
internal sealed record NegotiatedProtocol(uint Major, uint Minor, FuseInitFlags Taken, FuseInitFlags Offered)
{
    public static NegotiatedProtocol None { get; } = new(0, 0, FuseInitFlags.None, FuseInitFlags.None);

    public bool IsSettled => Taken != FuseInitFlags.None;

    public bool Has(FuseInitFlags flag) => (Taken & flag) != 0;
}
