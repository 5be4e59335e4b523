using System.Diagnostics;

namespace VdFs.Fuse.Supervision;

/// <summary>
/// Whether a worker that lives still runs. It is asked for a sign of life a few times within the limit; one that gives none at all in that time hangs.
/// </summary>
/// <remarks>
/// <para>What counts is that the process as a whole runs: its threads are scheduled, its runtime doesn't stand still. That single requests take long is no sign of
/// anything: a sync, a disk that is slow or gone, a writer that waits for room take minutes too, and a successor would wait just as long.</para>
/// <para>Counted in questions, not in time: a supervisor that was itself stopped (a machine that was suspended, a debugger) begins with the next question.
/// A worker that has never answered isn't judged: it may be of a build that doesn't know the question. For one thread.</para>
/// </remarks>
internal sealed class LifeSigns
{
    /// <summary>Questions within the limit.</summary>
    private const int Questions = 4;

    private readonly TimeSpan interval;
    private long next;
    private int unanswered;
    private bool everAnswered;

    /// <param name="limit">How long a worker may be silent; zero: as long as it likes.</param>
    public LifeSigns(TimeSpan limit)
    {
        interval = limit / Questions;
        Begin(Stopwatch.GetTimestamp());
    }

    /// <summary>A worker serves from now on.</summary>
    public void Begin(long now)
    {
        next = now + Ticks(interval);
        unanswered = 0;
        everAnswered = false;
    }

    /// <summary>The worker gave one.</summary>
    public void NoteAnswer()
    {
        everAnswered = true;
        unanswered = 0;
    }

    /// <summary>Milliseconds until there is something to do; -1: never.</summary>
    public int Wait(long now) => interval == TimeSpan.Zero ? -1 : (int)Math.Clamp(Math.Ceiling(Stopwatch.GetElapsedTime(now, next).TotalMilliseconds), 0, int.MaxValue);

    /// <summary>To be called when <see cref="Wait"/> is over, or before.</summary>
    /// <param name="now">Of <see cref="Stopwatch"/>.</param>
    /// <param name="hangs">The worker gave no sign of life for the whole limit.</param>
    /// <returns>Whether it is to be asked now.</returns>
    public bool IsDue(long now, out bool hangs)
    {
        hangs = false;
        if (interval == TimeSpan.Zero || now < next)
            return false;
        next = now + Ticks(interval);
        hangs = everAnswered && unanswered >= Questions;
        if (hangs)
            return false;
        unanswered++;
        return true;
    }

    private static long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);
}
