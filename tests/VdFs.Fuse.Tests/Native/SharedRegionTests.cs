using VdFs.Core.Errors;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Tests.Native;

public sealed unsafe class SharedRegionTests
{
    [Fact]
    public void A_region_is_zero_at_first_and_the_same_for_who_adopts_it()
    {
        Assert.Equal(FsError.None, SharedRegion.Create("vdfs-nodes", 1 << 20, out SharedRegion? region));
        using SharedRegion first = region!;
        Assert.Equal(1 << 20, first.Length);
        Assert.True(new ReadOnlySpan<byte>(first.Pointer, 1 << 20).IndexOfAnyExcept((byte)0) < 0);
        first.Pointer[123456] = 42;
        Assert.Equal(FsError.None, SharedRegion.Adopt(Libc.fcntl(first.FileDescriptor, Libc.F_DUPFD_CLOEXEC, 0), out region));
        using SharedRegion second = region!;
        Assert.Equal(first.Length, second.Length);
        Assert.Equal(42, second.Pointer[123456]);
        second.Pointer[5] = 7;
        Assert.Equal(7, first.Pointer[5]);
    }

    [Fact]
    public void Its_size_cannot_change()
    {
        Assert.Equal(FsError.None, SharedRegion.Create("vdfs", 8192, out SharedRegion? region));
        using (region)
        {
            Assert.Equal(-1, Libc.ftruncate(region!.FileDescriptor, 4096));
            Assert.Equal(-1, Libc.ftruncate(region.FileDescriptor, 1 << 20));
        }
    }

    [Fact]
    public void What_is_no_descriptor_is_not_adopted() => Assert.Equal(FsError.BadHandle, SharedRegion.Adopt(100_000, out _));
}
