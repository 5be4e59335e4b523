namespace VdFs.Core.Storage;

/// <summary>A point in time as Unix filesystems keep it: seconds since 1970-01-01 UTC and 0..999,999,999 nanoseconds.</summary>
public readonly record struct TimeSpec(long Seconds, uint Nanoseconds)
{
    /// <summary>Whether this may be <paramref name="earlier"/>, read again: a filesystem may keep finer times in memory than on its device.</summary>
    public bool IsSeenLater(TimeSpec earlier) => this == earlier || (Seconds == earlier.Seconds && Nanoseconds == 0);

    public static TimeSpec From(DateTimeOffset time)
    {
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        long seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out long rest);
        if (rest < 0) { rest += TimeSpan.TicksPerSecond; seconds--; }
        return new(seconds, (uint)(rest * 100));
    }
}
