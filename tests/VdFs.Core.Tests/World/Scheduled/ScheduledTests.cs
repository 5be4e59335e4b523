using System.Collections.Concurrent;
using Xunit.Abstractions;

namespace VdFs.Core.Tests.World.Scheduled;

/// <summary>
/// Clients that run between each other's calls, by seeds. VDFS_SEED repeats one seed and tells its schedule; VDFS_SCHEDULES and VDFS_FIRST say how many seeds and from which on.
/// </summary>
public sealed class ScheduledTests(ITestOutputHelper output)
{
    private const int SeedsInCi = 1000;
    private const int MostSeeds = 2000;

    public static TheoryData<string> Bugs => [.. Enum.GetNames<ScheduleBug>().Where(b => b != nameof(ScheduleBug.None))];

    [Fact]
    public void Promises_hold_whoever_goes_on_at_whichever_call()
    {
        var options = new ScheduleOptions();
        IReadOnlyList<string> failed = Seeds.Asked is { } asked
            ? Run(asked, 1, options)
            : Run(Seeds.Number("VDFS_FIRST", 1), Seeds.Number("VDFS_SCHEDULES", SeedsInCi), options);
        Assert.True(failed.Count == 0, string.Join("\n\n", failed));
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_bug_that_only_shows_between_two_clients_is_found(string bug)
    {
        var options = new ScheduleOptions { Bug = Enum.Parse<ScheduleBug>(bug), Deaths = false };
        for (int first = 1; first < MostSeeds; first += 50)
        {
            // An engine that only stumbles over what it can't understand has broken no promise yet.
            if (Run(first, 50, options).FirstOrDefault(p => !p.Contains("   at ", StringComparison.Ordinal)) is not { } problem)
                continue;
            output.WriteLine(problem[..problem.IndexOf('\n')]);
            return;
        }
        Assert.Fail($"{MostSeeds} seeds did not find: {bug}");
    }

    /// <summary>What failed, each with the schedule that it had; no more than three.</summary>
    private static IReadOnlyList<string> Run(long first, int count, ScheduleOptions options)
    {
        var failed = new ConcurrentQueue<string>();
        Parallel.For(first, first + count, Seeds.SideBySide, (seed, loop) =>
        {
            using var run = new ScheduledRun(seed, options);
            try
            {
                run.Do();
            }
            catch (Exception e)
            {
                failed.Enqueue($"VDFS_SEED={seed}: {(e is WorldViolationException ? e.Message : e.ToString())}\n{string.Join('\n', run.Story.TakeLast(Seeds.Number("VDFS_LINES", 150)))}");
                if (failed.Count >= 3)
                    loop.Stop();
            }
        });
        return [.. failed];
    }
}
