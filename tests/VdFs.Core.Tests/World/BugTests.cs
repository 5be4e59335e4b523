using Xunit.Abstractions;

namespace VdFs.Core.Tests.World;

/// <summary>A test that finds nothing proves nothing: each bug of a list is put in, and the world has to find it.</summary>
public sealed class BugTests(ITestOutputHelper output)
{
    private const int MostSeeds = 4000;
    private const int AtOnce = 50;

    public static TheoryData<string> All => [.. Bugs.Names];

    [Theory]
    [MemberData(nameof(All))]
    public void A_bug_put_in_on_purpose_is_found(string bug)
    {
        for (int first = 1; first < MostSeeds; first += AtOnce)
        {
            // An engine that only stumbles over what it can't understand has broken no promise yet.
            foreach ((long seed, string problem) in Seeds.Run(first, AtOnce, Bugs.Of(bug)))
            {
                if (problem.Contains("   at ", StringComparison.Ordinal))
                    continue;
                output.WriteLine($"seed {seed}: {problem}");
                return;
            }
        }
        Assert.Fail($"{MostSeeds} seeds did not find: {bug}");
    }
}
