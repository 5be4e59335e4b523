namespace VdFs.Mounted.Tests.Snapshots;

/// <summary>A number for every event, in the order in which they happened in this process.</summary>
public sealed class LogicalClock
{
    private long last;

    public long Tick() => Interlocked.Increment(ref last);
}
