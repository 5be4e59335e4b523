namespace VdFs.TestKit.World;

/// <summary>The wall clock of a world: goes on when it is told to, and may jump either way. Its timers fire when they are told to.</summary>
public sealed class SimulatedClock : TimeProvider
{
    private readonly List<SimulatedTimer> timers = [];

    public DateTimeOffset Now { get; set; } = new(2026, 11, 22, 3, 15, 0, TimeSpan.Zero);

    /// <summary>Called by each look at the time, in the thread that looks.</summary>
    public Action? Read { get; set; }

    public override DateTimeOffset GetUtcNow()
    {
        Read?.Invoke();
        return Now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(() => callback(state));
        _ = timer.Change(dueTime, period);
        timers.Add(timer);
        return timer;
    }

    /// <summary>The time of every armed timer has come, once.</summary>
    public void FireTimers()
    {
        foreach (SimulatedTimer timer in timers.ToArray())
            timer.Fire();
    }

    /// <summary>The process that had them is gone.</summary>
    public void ForgetTimers() => timers.Clear();

    private sealed class SimulatedTimer(Action callback) : ITimer
    {
        private bool armed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            armed = dueTime != Timeout.InfiniteTimeSpan;
            return true;
        }

        public void Fire()
        {
            if (armed)
                callback();
        }

        public void Dispose() => armed = false;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
