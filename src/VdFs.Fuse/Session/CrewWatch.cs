namespace VdFs.Fuse.Session;

/// <summary>
/// Looks after a <see cref="ServingCrew"/> while there is work: when every reader is held up in an operation, it calls another one, so that
/// requests never wait for longer than a tick behind a slow disk. Sleeps without ticking while the mount is idle.
/// </summary>
internal sealed class CrewWatch(ServingCrew crew) : IDisposable
{
    /// <summary>A read that waited longer found the mount idle: the watch may be asleep.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>Ticks without progress before the watch sleeps; long enough that each later read counts as <see cref="Idle"/>.</summary>
    private const int QuietTicks = 20;

    private readonly AutoResetEvent work = new(initialState: false);
    private volatile bool asleep;
    private volatile bool ended;

    /// <summary>Work came after a pause. The caller has marked itself as serving before.</summary>
    public void Wake()
    {
        // Pairs with the one in Sleep: either this sees that the watch sleeps, or the watch sees that somebody serves.
        Interlocked.MemoryBarrier();
        if (asleep)
            work.Set();
    }

    public void Run()
    {
        while (!ended)
        {
            // Busy first: a request that comes right after the start finds no pause behind it.
            WatchWhileBusy();
            Sleep();
        }
    }

    public void End()
    {
        ended = true;
        work.Set();
    }

    public void Dispose() => work.Dispose();

    private void Sleep()
    {
        asleep = true;
        Interlocked.MemoryBarrier();
        if (!crew.AnyServing() && !ended)
            work.WaitOne();
        asleep = false;
    }

    private void WatchWhileBusy()
    {
        long progress = crew.Progress();
        for (int quiet = 0; quiet < QuietTicks && !ended; quiet++)
        {
            Thread.Sleep(Tick);
            if (crew.AllStuck())
                crew.CallOne();
            long now = crew.Progress();
            if (now != progress)
                quiet = 0;
            progress = now;
        }
    }
}
