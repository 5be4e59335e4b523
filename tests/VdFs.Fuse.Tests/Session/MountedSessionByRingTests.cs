using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Tests.Session;

public sealed class MountedSessionByRingTests : MountedSessionTests
{
    public MountedSessionByRingTests()
        : base(byRing: true)
    {
        Assert.Null(FuseRings.WhyNot());
    }
}
