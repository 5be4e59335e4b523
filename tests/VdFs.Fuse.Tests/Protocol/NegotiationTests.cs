using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Tests.Protocol;

public sealed class NegotiationTests
{
    private static FuseInitIn Offer(uint minor, FuseInitFlags flags, uint major = 7) => new()
    {
        Major = major, Minor = minor, MaxReadahead = 131072, Flags = (uint)flags, Flags2 = (uint)((ulong)flags >> 32),
    };

    [Fact]
    public void Caches_and_locks_that_would_break_promises_are_never_taken()
    {
        Assert.Equal(0, Negotiation.Answer(Offer(45, (FuseInitFlags)ulong.MaxValue), out FuseInitOut answer, out NegotiatedProtocol agreed));
        const FuseInitFlags forbidden = FuseInitFlags.WritebackCache | FuseInitFlags.PosixLocks | FuseInitFlags.FlockLocks | FuseInitFlags.AutoInvalData
            | FuseInitFlags.CacheSymlinks | FuseInitFlags.ExportSupport | FuseInitFlags.RequestTimeout | FuseInitFlags.OverIoUring;
        Assert.Equal(FuseInitFlags.None, agreed.Taken & forbidden);
        Assert.Equal((ulong)agreed.Taken, answer.Flags | ((ulong)answer.Flags2 << 32));
        Assert.Equal((1u << 20, (ushort)256, (ushort)256, 1u), (answer.MaxWrite, answer.MaxPages, answer.MaxBackground, answer.TimeGran));
        Assert.Empty(Negotiation.Refused(agreed));
    }

    [Fact]
    public void Files_are_read_by_the_kernel_only_where_that_is_asked_for_and_offered()
    {
        var all = (FuseInitFlags)ulong.MaxValue;
        Negotiation.Answer(Offer(45, all), out FuseInitOut answer, out NegotiatedProtocol agreed);
        Assert.Equal((false, 0u), (agreed.Has(FuseInitFlags.Passthrough), answer.MaxStackDepth));
        Negotiation.Answer(Offer(45, all), out answer, out agreed, passthrough: true);
        Assert.Equal((true, 1u), (agreed.Has(FuseInitFlags.Passthrough), answer.MaxStackDepth));
        Assert.Empty(Negotiation.Refused(agreed, passthrough: true));
        foreach (FuseInitFlags offered in (FuseInitFlags[])[all & ~FuseInitFlags.Passthrough, all & ~FuseInitFlags.InitExt])
        {
            Negotiation.Answer(Offer(45, offered), out answer, out agreed, passthrough: true);
            Assert.Equal((false, 0u), (agreed.Has(FuseInitFlags.Passthrough), answer.MaxStackDepth));
            Assert.Contains(Negotiation.Refused(agreed, passthrough: true), r => r.Name == nameof(FuseInitFlags.Passthrough));
            Assert.DoesNotContain(Negotiation.Refused(agreed), r => r.Name == nameof(FuseInitFlags.Passthrough));
        }
    }

    [Fact]
    public void Nothing_is_taken_that_was_not_offered()
    {
        Negotiation.Answer(Offer(31, FuseInitFlags.AsyncRead | FuseInitFlags.BigWrites), out FuseInitOut answer, out NegotiatedProtocol agreed);
        Assert.Equal(FuseInitFlags.AsyncRead | FuseInitFlags.BigWrites, agreed.Taken);
        Assert.Equal(31u, answer.Minor);
        Assert.Contains(Negotiation.Refused(agreed), r => r.Name == nameof(FuseInitFlags.MaxPages));
    }

    [Fact]
    public void Upper_flags_count_only_with_the_extension()
    {
        Negotiation.Answer(Offer(45, FuseInitFlags.HasResend | FuseInitFlags.AsyncRead), out _, out NegotiatedProtocol agreed);
        Assert.False(agreed.Has(FuseInitFlags.HasResend));
        Negotiation.Answer(Offer(45, FuseInitFlags.HasResend | FuseInitFlags.InitExt), out _, out agreed);
        Assert.True(agreed.Has(FuseInitFlags.HasResend));
    }

    [Theory]
    [InlineData(7, 30)]
    [InlineData(6, 99)]
    public void Old_kernels_are_refused(uint major, uint minor)
    {
        Assert.Equal(FuseErrno.EPROTO, Negotiation.Answer(Offer(minor, FuseInitFlags.AsyncRead, major), out _, out NegotiatedProtocol agreed));
        Assert.False(agreed.IsSettled);
        Assert.Equal(minor, agreed.Minor);
    }

    [Fact]
    public void A_newer_major_version_is_asked_to_speak_ours()
    {
        Assert.Equal(0, Negotiation.Answer(Offer(0, FuseInitFlags.None, major: 8), out FuseInitOut answer, out _));
        Assert.Equal(7u, answer.Major);
    }

    [Fact]
    public void A_kernel_newer_than_the_layouts_is_answered_with_what_is_known()
    {
        Negotiation.Answer(Offer(99, FuseInitFlags.AsyncRead), out FuseInitOut answer, out NegotiatedProtocol agreed);
        Assert.Equal(Negotiation.NewestMinor, answer.Minor);
        Assert.Equal(99u, agreed.Minor);
    }
}
