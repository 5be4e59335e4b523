using Xunit.Abstractions;

namespace VdFs.Core.Tests.World;

/// <summary>
/// Random lives of the engine in a simulated world. VDFS_SEED repeats one seed with all its steps; VDFS_SEEDS and VDFS_FIRST say how many seeds and from
/// which on (tests/soak.sh).
/// </summary>
public sealed class WorldTests(ITestOutputHelper output)
{
    private const int SeedsInCi = 20_000;

    [Fact]
    public void Promises_hold_through_kills_power_cuts_and_failures_at_any_call()
    {
        var options = new RunOptions();
        if (Seeds.Asked is { } asked)
        {
            string story = Seeds.Story(asked, options);
            output.WriteLine(story);
            Assert.Null(Seeds.Try(asked, options));
            return;
        }
        IReadOnlyList<(long Seed, string Problem)> failed = Seeds.Run(Seeds.Number("VDFS_FIRST", 1), Seeds.Number("VDFS_SEEDS", SeedsInCi), options);
        foreach ((long seed, string problem) in failed)
            output.WriteLine($"seed {seed}: {problem}");
        Assert.True(failed.Count == 0, failed.Count == 0 ? "" : $"{string.Join('\n', failed.Select(f => $"VDFS_SEED={f.Seed}: {f.Problem}"))}\n\n{Seeds.Story(failed[0].Seed, options)}");
    }
}
