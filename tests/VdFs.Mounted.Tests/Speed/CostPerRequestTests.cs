using Xunit.Abstractions;

namespace VdFs.Mounted.Tests.Speed;

/// <summary>What a request of 4 KiB costs, in things that can be counted on any machine: system calls and managed memory.</summary>
public sealed class CostPerRequestTests(SettledMount mount, ITestOutputHelper output) : IClassFixture<SettledMount>
{
    private const int Touched = 4000;

    /// <summary>The access itself, and one call in which the answer goes out and the next request comes in. (While it's traced, a thread asks for one request at a time at any depth.)</summary>
    [Theory]
    [InlineData("randread", 1)]
    [InlineData("randread", 16)]
    [InlineData("randwrite", 1)]
    [InlineData("randwrite", 16)]
    public void A_read_or_write_takes_two_system_calls(string way, int depth)
    {
        const int operations = 4000;
        Judge(2.25, Calls(way, depth, operations), operations);
    }

    /// <summary>The pre-image is read and stored, and its place written down and recorded before that.</summary>
    [Fact]
    public void A_first_touch_takes_few_system_calls() =>
        WithTwoCuts(() => Judge(7, Calls("randwrite", 16, Touched), Touched));

    [Theory]
    [InlineData("randread")]
    [InlineData("randwrite")]
    public void A_read_or_write_allocates_nothing(string way)
    {
        const int operations = 30_000;
        Judge(1, Allocated(() => FioRun.Count(mount.Image, way, 16, operations)), operations);
    }

    [Fact]
    public void A_first_touch_allocates_next_to_nothing() =>
        WithTwoCuts(() => Judge(64, Allocated(() => FioRun.Count(mount.Image, "randwrite", 16, Touched)), Touched));

    /// <summary>Does something after a cut; what the first pre-images of all need to be set up has been done by then.</summary>
    private void WithTwoCuts(Action what)
    {
        mount.Images.Cut("before");
        FioRun.Count(mount.Image, "randwrite", 16, Touched);
        mount.Images.Cut("now");
        what();
        foreach (string name in new[] { "before", "now" })
        {
            mount.Images.Release(name);
            mount.Images.Forget(name);
        }
        mount.WriteAll();
    }

    private Count Calls(string way, int depth, int operations) =>
        CallCount.During(mount.Status.GetProperty("pid").GetInt32(), mount.Images.Scratch, () => FioRun.Count(mount.Image, way, depth, operations));

    /// <summary>Managed bytes that the daemon asked for meanwhile, without what asking for its status takes.</summary>
    private Count Allocated(Action what)
    {
        _ = AllocatedBytes;
        long first = AllocatedBytes, second = AllocatedBytes;
        what();
        return new Count(AllocatedBytes - second - (second - first), $"bytes allocated; {second - first} for a status");
    }

    private long AllocatedBytes => mount.Status.GetProperty("allocatedBytes").GetInt64();

    private void Judge(double limit, Count count, int operations)
    {
        double each = (double)count.Number / operations;
        output.WriteLine($"{each:F2} each, {limit} at most: {count.What}");
        Assert.True(each <= limit, $"{each:F2} each, and not {limit} at most: {count.What}");
    }
}
