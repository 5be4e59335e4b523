namespace VdFs.Mounted.Tests.Tools;

/// <summary>What runs beside a test is judged by all that it printed.</summary>
public sealed class BackgroundToolTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public void Lines_are_read_while_the_pool_has_no_thread()
    {
        const int Busy = 64;
        using var end = new ManualResetEventSlim();
        using var left = new CountdownEvent(Busy);
        try
        {
            for (int i = 0; i < Busy; i++)
                ThreadPool.QueueUserWorkItem(_ => { end.Wait(); left.Signal(); });
            using var tool = new BackgroundTool("bash", ["-c", "echo ready; read; echo right"]);
            tool.WaitFor("a line", lines => lines.Contains("ready"), Limit);
            tool.WriteLine("");
            tool.WaitFor("another line", lines => lines.Contains("right"), Limit);
            Assert.Equal(0, tool.WaitForExit(Limit));
        }
        finally
        {
            end.Set();
            left.Wait(Limit);
        }
    }

    [Fact]
    public void Lines_that_come_after_the_end_count()
    {
        using var tool = new BackgroundTool("bash", ["-c", "(exec 0<&-; sleep 1; echo late) & echo ready"]);
        tool.WaitFor("a late line", lines => lines.Contains("late"), Limit);
    }

    [Fact]
    public void A_command_that_ends_too_early_is_told_with_all_that_it_said()
    {
        using var tool = new BackgroundTool("bash", ["-c", "echo ready; (sleep 0.5; echo because >&2) & exit 3"]);
        string told = Assert.Throws<TimeoutException>(() => tool.WaitFor("a line", lines => lines.Contains("right"), Limit)).Message;
        Assert.Contains("ended with 3", told, StringComparison.Ordinal);
        Assert.Contains("ready", told, StringComparison.Ordinal);
        Assert.Contains("because", told, StringComparison.Ordinal);
    }
}
