using System.Diagnostics;

namespace VdFs.Fuse.Session;

/// <summary>
/// How many threads should read requests, found out by trying: while requests are found waiting, one more is tried now and then, and stays if more gets done with it; while there
/// are several, one fewer is tried, and it stays at that if as much gets done. Cores that clients need, devices that can do several things at once, and locks all show in what gets done.
/// What was gained may have been chance: only when one fewer was tried and did less is it taken for sure. Until then, trials get rarer.
/// </summary>
/// <remarks>Time, and what was done, come from outside. Not safe from several threads.</remarks>
internal sealed class CrewSize(int limit)
{
    /// <summary>Requests found waiting, of all, that call for another reader.</summary>
    private const double Crowded = 0.7;

    /// <summary>More must be done by so much for a further reader to stay.</summary>
    private const double Gain = 1.10;

    /// <summary>As much must be done, but for this, for a reader to be left out.</summary>
    private const double Loss = 0.95;

    private const int SettlingSpans = 1;
    private const int MeasuredSpans = 2;

    /// <summary>Spans of the same kind before anything is tried: what is done with the readers of now has to be known.</summary>
    private const int SteadySpans = 3;

    /// <summary>Spans after a pause that tell nothing: clients begin one after the other.</summary>
    private const int FirstSpans = 3;

    /// <summary>Requests found waiting, of all, below which nothing queues.</summary>
    private const double Calm = 0.05;

    /// <summary>Spans in which nothing queues, before a reader is left out without a trial.</summary>
    private const int CalmSpans = 4;

    /// <summary>Another kind of load: the mean work of a request changes by this factor.</summary>
    private const double Another = 2;

    private static readonly long ShortestSpan = Ticks(0.010);
    private static readonly long LongestSpan = Ticks(0.100);
    private static readonly long FirstPause = Ticks(0.050);
    private static readonly long LongestPause = Ticks(3.2);
    private static readonly long FewerInterval = Ticks(0.250);

    private Reading last;
    private double rate;
    private double workEach;
    private int calm;
    private int steady;
    private int gained;
    private bool anew;

    private bool trying;
    private int triedFrom;
    private double triedRate;
    private int settling;
    private double measuredWork;
    private long measuredTicks;
    private int measured;

    /// <summary>Time while there was something to do: pauses don't count.</summary>
    private long busy;
    private long nextMore;
    private long pauseMore = FirstPause;
    private long nextFewer;
    private long pauseFewer = FewerInterval;

    /// <summary>1 to the limit.</summary>
    public int Wanted { get; private set; } = 1;

    /// <summary>When <see cref="Judge"/> is to be called next, in ticks of <see cref="Stopwatch"/>.</summary>
    public long Due { get; private set; }

    /// <summary>What the crew has done until now, all in all.</summary>
    /// <param name="Time">In ticks of <see cref="Stopwatch"/>.</param>
    /// <param name="Requests">How many.</param>
    /// <param name="Found">How many of those were found waiting.</param>
    /// <param name="Work">What they came to, in any unit that grows with the effort.</param>
    public readonly record struct Reading(long Time, long Requests, long Found, long Work);

    /// <summary>Looks at what was done since the last time, and may change <see cref="Wanted"/>.</summary>
    public void Judge(in Reading now)
    {
        Reading since = last;
        long span = now.Time - since.Time;
        long requests = now.Requests - since.Requests;
        // Too little to tell anything from, as with a slow device; but not for ever.
        if (requests < 16L * Wanted && span < LongestSpan)
        {
            Due = now.Time + (ShortestSpan / 4);
            return;
        }
        last = now;
        Due = now.Time + ShortestSpan;
        double work = now.Work - since.Work;
        if (requests == 0 || span > 2 * LongestSpan)
        {
            Rest();
            return;
        }
        busy += span;
        if (IsAnotherLoad(work / requests))
        {
            Forget();
            return;
        }
        if (trying)
        {
            Measure(work, span);
            return;
        }
        rate = steady++ <= 0 ? work / span : (rate + (work / span)) / 2;
        if (steady < SteadySpans)
            return;
        long found = now.Found - since.Found;
        bool crowded = found >= requests * Crowded;
        calm = found < requests * Calm ? calm + 1 : 0;
        if (Wanted > 1 && calm >= CalmSpans)
        {
            calm = 0;
            gained = 0;
            Wanted--;
        }
        else if (Wanted > 1 && busy >= nextFewer)
        {
            Try(anew ? 1 : Wanted - 1);
        }
        else if (crowded && Wanted < limit && busy >= nextMore)
        {
            Try(Math.Min(limit, Wanted + Math.Max(1, gained)));
        }
    }

    private void Try(int readers)
    {
        trying = true;
        anew = false;
        steady = 0;
        triedFrom = Wanted;
        triedRate = rate;
        settling = SettlingSpans;
        measured = 0;
        measuredWork = 0;
        measuredTicks = 0;
        Wanted = readers;
    }

    private void Measure(double work, long span)
    {
        if (settling > 0)
        {
            settling--;
            return;
        }
        measuredWork += work;
        measuredTicks += span;
        if (++measured < MeasuredSpans)
            return;
        trying = false;
        rate = measuredWork / measuredTicks;
        if (Wanted > triedFrom)
            JudgeMore();
        else
            JudgeFewer();
    }

    private void JudgeMore()
    {
        if (rate < triedRate * Gain)
        {
            Wanted = triedFrom;
            PutOffMore();
            return;
        }
        gained = Math.Max(1, gained * 2);
        nextMore = busy;
        // Soon: it may have been chance.
        nextFewer = busy + FirstPause;
        pauseFewer = FewerInterval;
    }

    private void JudgeFewer()
    {
        if (rate >= triedRate * Loss)
        {
            pauseFewer = FewerInterval;
            nextFewer = busy;
            PutOffMore();
            return;
        }
        Wanted = triedFrom;
        nextFewer = busy + pauseFewer;
        pauseFewer = Math.Min(pauseFewer * 2, LongestPause);
        pauseMore = FirstPause;
    }

    private void PutOffMore()
    {
        gained = 0;
        nextMore = busy + pauseMore;
        pauseMore = Math.Min(pauseMore * 2, LongestPause);
    }

    private bool IsAnotherLoad(double each)
    {
        double former = workEach;
        workEach = former == 0 ? each : former + ((each - former) / 4);
        if (former == 0 || (each < former * Another && each > former / Another))
            return false;
        workEach = each;
        return true;
    }

    /// <summary>Clients had nothing to do. What was learned holds for when they go on, if it is with the same; a trial doesn't.</summary>
    private void Rest()
    {
        if (trying)
            Wanted = Math.Min(Wanted, triedFrom);
        trying = false;
        gained = 0;
        calm = 0;
        steady = -FirstSpans;
    }

    /// <summary>What was learned doesn't hold any more. How many read now are too many, as likely as not: one alone is tried first.</summary>
    private void Forget()
    {
        Rest();
        anew = true;
        nextMore = busy;
        nextFewer = busy;
        pauseMore = FirstPause;
        pauseFewer = FewerInterval;
    }

    private static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency);
}
