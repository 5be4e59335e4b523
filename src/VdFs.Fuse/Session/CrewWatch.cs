namespace VdFs.Fuse.Session;

/// <summary>
/// Looks after a <see cref="ServingCrew"/> while there is work, so that requests don't wait for longer than a tick or two behind a slow disk: when every reader is held up in
/// a request it calls another one, and what one that is held up has in hand beside that it hands to the slow lane. Sleeps without ticking while the mount is idle.
/// </summary>
internal sealed class CrewWatch(ServingCrew crew) : IDisposable
{
    /// <summary>A thread that waited for a request for longer found the mount idle: the watch may be asleep.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>While nobody was seen waiting for <see cref="CarefreeTicks"/>: each look costs those that serve some 20 µs of a core.</summary>
    private static readonly TimeSpan CarefreeTick = TimeSpan.FromMilliseconds(8);

    /// <summary>Ticks without progress before the watch sleeps; long enough that each later read counts as <see cref="Idle"/>.</summary>
    private const int QuietTicks = 20;

    /// <summary>Ticks in which somebody was free, before fewer helpers are kept.</summary>
    private const int FreeTicks = 20;

    /// <summary>A second with work in it: what has to wait so rarely isn't felt by one request in a hundred, not even if it waits for the longer tick too.</summary>
    private const int CarefreeTicks = 1000;

    private readonly AutoResetEvent work = new(initialState: false);
    private volatile bool asleep;
    private volatile bool ended;
    private int free;
    private int carefree;

    /// <summary>Work came after a pause. The caller has a request in hand.</summary>
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
            Thread.Sleep(carefree < CarefreeTicks ? Tick : CarefreeTick);
            LookForHeldUp();
            long now = crew.Progress();
            if (now != progress)
                quiet = 0;
            progress = now;
        }
    }

    private void LookForHeldUp()
    {
        if (crew.RelieveHeldUp(out bool all))
            carefree = 0;
        else if (carefree < CarefreeTicks)
            carefree++;
        if (all)
        {
            crew.CallHelper();
            free = 0;
        }
        else if (++free >= FreeTicks)
        {
            crew.DropHelpers();
            free = 0;
        }
    }
}
