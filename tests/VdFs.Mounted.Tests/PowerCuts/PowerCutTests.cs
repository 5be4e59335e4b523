namespace VdFs.Mounted.Tests.PowerCuts;

/// <summary>The short form of tests/powercut.sh: one emulated guest with load, some power cuts out of its disk's log.</summary>
public sealed class PowerCutTests
{
    [Fact]
    public void After_power_cuts_synced_data_is_there_changes_are_all_told_and_snapshots_are_exact_or_reported_lost()
    {
        int seed = TestSeed.Get();
        ToolResult run = Tool.Run("dotnet",
            [Repository.Assembly("tests/VdFs.PowerCut", "powercut.dll"), "run", "--cuts=8", "--runs=1", "--seconds=15", $"--seed={seed}"],
            TimeSpan.FromMinutes(12));
        Assert.True(run.Succeeded, $"{TestSeed.Message(seed)}\n{run}");
    }
}
