using System.IO;
using VdFs.PosixProbe;

namespace VdFs.Mounted.Tests.Posix;

/// <summary>Each case gives the same on the mount as on the backing filesystem, or differs as docs/posix.md explains.</summary>
public sealed class PosixTests(ProbeRuns runs) : IClassFixture<ProbeRuns>
{
    public static TheoryData<string> Cases => new(ProbeCases.Names);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_mount_does_as_its_backing_filesystem(string name)
    {
        string bare = runs.Bare[name];
        Assert.DoesNotContain("BROKEN", bare, StringComparison.Ordinal);
        Assert.DoesNotContain("NO ANSWER", bare, StringComparison.Ordinal);
        string expected = PosixDifferences.Find(name) is { } difference ? difference.Expect(bare) : bare;
        // Assert.Equal would cut the lines short.
        Assert.True(expected == runs.Mounted[name], $"\nexpected {expected}\nmount    {runs.Mounted[name]}");
    }

    [Fact]
    public void Every_difference_is_a_case_and_is_explained()
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "docs/posix.md"));
        foreach (PosixDifferences difference in PosixDifferences.All)
        {
            Assert.Contains(difference.Case, ProbeCases.Names);
            Assert.Contains(difference.Case, document, StringComparison.Ordinal);
            Assert.Contains(difference.Reason, document, StringComparison.Ordinal);
        }
    }
}
