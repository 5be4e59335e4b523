using VdFs.Core.Space;

namespace VdFs.Core.Tests.Space;

public class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("50B", 50)]
    [InlineData("4K", 4096)]
    [InlineData("4Ki", 4096)]
    [InlineData("4KiB", 4096)]
    [InlineData("4kib", 4096)]
    [InlineData("4KB", 4000)]
    [InlineData("3GB", 3_000_000_000)]
    [InlineData("3GiB", 3L << 30)]
    [InlineData("7E", 7L << 60)]
    public void Units_are_read_the_same_everywhere(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out long read));
        Assert.Equal(bytes, read);
        Assert.Equal(bytes > 0, SpaceLimit.TryParse(text, out var limit));
        Assert.Equal(bytes, limit.Bytes);
    }

    [Theory]
    [InlineData("50")]
    [InlineData("")]
    [InlineData("K")]
    [InlineData("-5M")]
    [InlineData("5X")]
    [InlineData("5MM")]
    [InlineData("5 M")]
    [InlineData("9E")]
    [InlineData("99999999999999999999")]
    public void What_has_no_unit_or_a_wrong_one_is_no_size(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(4097)]
    [InlineData(1L << 30)]
    [InlineData(3_000_000_000)]
    public void A_limit_is_read_as_it_is_written(long bytes)
    {
        Assert.True(SpaceLimit.TryParse(new SpaceLimit(bytes, 0).ToString(), out var read));
        Assert.Equal(bytes, read.Bytes);
        // As former builds wrote it.
        Assert.True(SpaceLimit.TryParse(bytes.ToString(System.Globalization.CultureInfo.InvariantCulture), out read));
        Assert.Equal(bytes, read.Bytes);
    }
}
