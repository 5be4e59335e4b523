using System.Diagnostics;

namespace VdFs.Fuse.Transport;

/// <summary>
/// Whether to look for the next request for a moment before sleeping. A client that waits for each answer sends its next request some microseconds after the
/// last one, sooner than a sleeping thread is woken up; but to look costs a core, so it is done only while it pays: requests come within the limit, and nobody else wants the core.
/// </summary>
internal sealed class Spinning
{
    /// <summary>Two looks at the clock that lie further apart than this: something else ran on the core.</summary>
    private static readonly long Interruption = Ticks(microseconds: 25);

    /// <summary>Waits without spinning after the first time that it didn't pay; twice as many after each further time.</summary>
    private const int FirstPause = 16;
    private const int LongestPause = 8 * 1024;

    /// <summary>Times that it paid after which it is trusted more again.</summary>
    private const int Forgiven = 1024;

    /// <summary>Disappointments in a row before a pause.</summary>
    private const int Patience = 4;

    private int pause;
    private int nextPause = FirstPause;
    private int inVain;
    private int paid;

    /// <summary>Asked before each wait.</summary>
    public bool IsWorthwhile()
    {
        if (pause == 0)
            return true;
        pause--;
        return false;
    }

    /// <summary>A request came while it was looked for.</summary>
    public void NotePaid()
    {
        inVain = 0;
        if (++paid < Forgiven)
            return;
        paid = 0;
        nextPause = Math.Max(FirstPause, nextPause / 2);
    }

    /// <summary>None came, or others want the core.</summary>
    public void NoteInVain()
    {
        if (++inVain >= Patience)
            Rest();
    }

    /// <summary>Tells from two looks at the clock, one right after the other, whether something else ran in between.</summary>
    public static bool WasInterrupted(long former, long now) => now - former > Interruption;

    private void Rest()
    {
        inVain = 0;
        paid = 0;
        pause = nextPause;
        nextPause = Math.Min(nextPause * 2, LongestPause);
    }

    private static long Ticks(long microseconds) => microseconds * Stopwatch.Frequency / 1_000_000;
}
