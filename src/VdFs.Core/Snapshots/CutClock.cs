using System.Globalization;

namespace VdFs.Core.Snapshots;

/// <summary>
/// What time cuts get. Each has two: its own, unique to the millisecond and later than that of every cut before it, which names files; and what the wall clock said, which retention
/// counts by. They differ after a cut that was made while the clock was ahead, and for as long as that lasts.
/// </summary>
internal sealed class CutClock(TimeProvider clock)
{
    private const string Format = "yyyy-MM-dd HH:mm:ss zzz";

    /// <summary>Corrections below this are a clock's daily life, and not told.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    /// <summary>Milliseconds since 1970: the last cut's own time. Under the engine's cut lock.</summary>
    private long lastTime;

    /// <summary>Milliseconds since 1970: what the clock said at the last cut. Written under the engine's cut lock, read by anybody.</summary>
    private long lastClock;

    /// <summary>How far the clock lies behind what it said at the last cut; zero if it doesn't, or by less than a second.</summary>
    public TimeSpan Behind => BehindAt(clock.GetUtcNow());

    /// <summary>The wall clock, with the host's offset from UTC, to the millisecond.</summary>
    public DateTimeOffset Read()
    {
        DateTimeOffset now = clock.GetLocalNow();
        return At(now.ToUnixTimeMilliseconds()).ToOffset(TimeSpan.FromMinutes(now.TotalOffsetMinutes));
    }

    /// <summary>What the last cut had, though it may be forgotten since.</summary>
    public void Begin(DateTimeOffset time, DateTimeOffset wallClock)
    {
        lastTime = time.ToUnixTimeMilliseconds();
        Volatile.Write(ref lastClock, wallClock.ToUnixTimeMilliseconds());
    }

    /// <summary>A cut's own time: what the clock says, but at least a millisecond after the last cut.</summary>
    public DateTimeOffset Next(DateTimeOffset wallClock)
    {
        lastTime = Math.Max(wallClock.ToUnixTimeMilliseconds(), lastTime + 1);
        return At(lastTime);
    }

    /// <summary>The cut is there. Words about it if the clock lay behind what it said at the cut before; else an empty text.</summary>
    public string Note(string name, DateTimeOffset time, DateTimeOffset wallClock)
    {
        bool behind = BehindAt(wallClock) > TimeSpan.Zero;
        DateTimeOffset before = At(lastClock);
        Volatile.Write(ref lastClock, wallClock.ToUnixTimeMilliseconds());
        return !behind ? "" :
            $"the clock of this host says {Words(wallClock)}, and said {Words(before.ToOffset(wallClock.Offset))} at the cut before: it was set back, or was ahead then. Snapshot '{name}' has the time {Words(time.ToOffset(wallClock.Offset))}, since times of cuts name files and have to rise; what the clock said is kept beside it, and backups are kept and pruned by that. If the clock is wrong now, set it";
    }

    private TimeSpan BehindAt(DateTimeOffset now)
    {
        TimeSpan behind = At(Volatile.Read(ref lastClock)) - now;
        return behind < Tolerance ? TimeSpan.Zero : behind;
    }

    private static string Words(DateTimeOffset time) => time.ToString(Format, CultureInfo.InvariantCulture);

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
