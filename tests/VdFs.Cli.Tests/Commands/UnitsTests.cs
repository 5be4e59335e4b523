using VdFs.Cli.Output;

namespace VdFs.Cli.Tests.Commands;

public class UnitsTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(4096, "4 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1L << 40, "1 TiB")]
    [InlineData(long.MaxValue, "8 EiB")]
    [InlineData(123456789, "118 MiB")]
    public void Bytes_have_binary_units(long bytes, string expected) => Assert.Equal(expected, Units.Bytes(bytes));

    [Theory]
    [InlineData(0, "0 times", "0 checkpoints")]
    [InlineData(1, "once", "1 checkpoint")]
    [InlineData(2, "twice", "2 checkpoints")]
    [InlineData(1234, "1,234 times", "1,234 checkpoints")]
    public void Numbers_are_told_in_words_that_fit(long count, string times, string things)
    {
        Assert.Equal(times, Units.Times(count));
        Assert.Equal(things, Units.Plural(count, "checkpoint", "checkpoints"));
    }

    [Theory]
    [InlineData(5, "5 s")]
    [InlineData(65, "1 min 5 s")]
    [InlineData(3700, "1 h 1 min")]
    [InlineData(90000, "1 d 1 h")]
    public void Durations_have_two_parts(int seconds, string expected) => Assert.Equal(expected, Units.Duration(TimeSpan.FromSeconds(seconds)));
}
