using System.Globalization;
using System.IO;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Tests.Native;

public sealed class ProcessTests
{
    [Fact]
    public void The_limit_of_descriptors_is_raised_as_far_as_it_goes()
    {
        ulong limit = DescriptorLimit.Raise();
        string[] words = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(words[3], words[4]);
        Assert.Equal(ulong.Parse(words[3], CultureInfo.InvariantCulture), limit);
    }

    [RootFact]
    public void Supplementary_groups_are_those_of_the_process()
    {
        using GroupedProcess process = new("4321,54321,7");
        Assert.Equal([7u, 4321u, 54321u], SupplementaryGroups.Of(process.Id).Order());
        using GroupedProcess many = new(string.Join(',', Enumerable.Range(100_000, 3000)));
        Assert.Equal(3000, SupplementaryGroups.Of(many.Id).Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(int.MaxValue)]
    public void A_process_that_cannot_be_seen_has_no_groups(int process) => Assert.Empty(SupplementaryGroups.Of(process));
}
