namespace VdFs.Fuse.Native;

/// <summary>How long the calling thread has run on a processor (clock_gettime(2), CLOCK_THREAD_CPUTIME_ID). A system call.</summary>
internal static unsafe class ThreadClock
{
    public static TimeSpan Now
    {
        get
        {
            FuseLibc.TimeSpec time;
            _ = FuseLibc.clock_gettime(FuseLibc.ClockThreadCpuTime, &time);
            return new TimeSpan((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / 100));
        }
    }
}
