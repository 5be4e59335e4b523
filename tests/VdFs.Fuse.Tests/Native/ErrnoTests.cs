using VdFs.Core.Errors;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Tests.Native;

public sealed class ErrnoTests
{
    [Fact]
    public void Every_error_has_an_errno_of_its_own_and_comes_back_from_it()
    {
        FsError[] outcomes = [.. Enum.GetValues<FsError>().Where(e => e is not (FsError.MustWait or FsError.MustWaitForSpace))];
        Assert.Equal(outcomes, outcomes.Select(e => Errno.ToError(Errno.From(e))));
        Assert.Equal(outcomes.Length, outcomes.Select(Errno.From).Distinct().Count());
    }

    [Fact]
    public void Waiting_is_no_outcome() => Assert.Throws<ArgumentOutOfRangeException>(() => Errno.From(FsError.MustWait));

    [Theory]
    [InlineData(-1)]
    [InlineData(15)]
    [InlineData(4095)]
    public void An_errno_that_the_table_lacks_is_an_io_error(int errno) => Assert.Equal(FsError.Io, Errno.ToError(errno));

    [Fact]
    public unsafe void A_failed_call_gives_its_errno()
    {
        byte empty = 0;
        Assert.Equal(-1, Libc.openat(Libc.AT_FDCWD, &empty, Libc.O_RDONLY, 0));
        Assert.Equal(FsError.NotFound, Libc.LastError);
    }
}
