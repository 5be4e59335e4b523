using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World.Scheduled;

/// <summary>What a schedule promises to the clients themselves.</summary>
public sealed class ClientScheduleTests
{
    /// <summary>
    /// Whoever is chosen wakes up late where others have the cores, and a thread that hasn't woken up looks like one that waits for a lock. If it is taken for one, the next
    /// client is let go on as well, and both change the model at once.
    /// </summary>
    [Fact]
    public void A_client_that_wakes_up_late_is_waited_for()
    {
        using var schedule = new ClientSchedule(new Random(1), stays: 0) { WakingUp = () => Thread.Sleep(5) };
        int inside = 0;
        int together = 0;
        for (int i = 0; i < 3; i++)
            schedule.Add($"client {i}", Work);

        schedule.Run();

        Assert.Empty(schedule.Failures);
        Assert.Equal(0, together);

        void Work()
        {
            for (int i = 0; i < 10; i++)
            {
                if (Interlocked.Increment(ref inside) != 1)
                    Interlocked.Increment(ref together);
                Thread.SpinWait(200_000);
                Interlocked.Decrement(ref inside);
                schedule.Step("goes on");
            }
        }
    }
}
