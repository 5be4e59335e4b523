using VdFs.Fuse.Session;

namespace VdFs.Fuse.Tests.Session;

public sealed class KernelReleaseTests
{
    [Theory]
    [InlineData("6.9.0", true)]
    [InlineData("6.18.3-1-cloud-amd64", true)]
    [InlineData("7.0.0-rc1", true)]
    [InlineData("6.8.12", false)]
    [InlineData("5.15.0-91-generic", false)]
    [InlineData("unknown", true)]
    public void Requests_are_sent_again_since_Linux_6_9(string release, bool can) => Assert.Equal(can, KernelRelease.CanResendIn(release));
}
