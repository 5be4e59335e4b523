using Xunit.Abstractions;

namespace VdFs.Core.Tests.World;

/// <summary>No step of any operation is left to chance: the process is killed, the power lost, the call failed at each of them.</summary>
public sealed class StepTests(ITestOutputHelper output)
{
    private const int MostCalls = 400;
    private static readonly RunOptions Quiet = new() { Kills = false, PowerCuts = false, Faults = false, FullDevices = false, Space = false, Hands = false, Interruptions = false };

    public static TheoryData<string> All => [.. WorldRun.Operations];

    [Theory]
    [MemberData(nameof(All))]
    public void Promises_hold_when_an_operation_ends_or_fails_at_any_of_its_calls(string operation)
    {
        var problems = new List<string>();
        int met = 0;
        Parallel.ForEach(Cases(), Seeds.SideBySide, one =>
        {
            for (int call = 1; call < MostCalls; call++)
            {
                try
                {
                    using var run = new WorldRun(one.Seed, Quiet with { Durable = one.Durable });
                    if (!run.DoStep(operation, call, one.End))
                        return;
                    Interlocked.Increment(ref met);
                }
                catch (Exception e)
                {
                    lock (problems)
                        problems.Add($"seed {one.Seed}{(one.Durable ? ", durable" : "")}, {one.End} at call {call}: {(e is WorldViolationException ? e.Message : e.ToString())}");
                    return;
                }
            }
        });
        output.WriteLine($"{met} steps");
        Assert.True(problems.Count == 0, string.Join('\n', problems.Order(StringComparer.Ordinal)));
        Assert.True(met > 0, "the operation made no call");
    }

    private static IEnumerable<(int Seed, bool Durable, StepEnd End)> Cases() =>
        from seed in Enumerable.Range(1, 5)
        from durable in new[] { false, true }
        from end in Enum.GetValues<StepEnd>()
        select (seed, durable, end);
}
