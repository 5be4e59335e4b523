namespace VdFs.Fuse.Supervision;

/// <summary>
/// Decides whether a worker is caught in a deadlock over memory: it allocates, the kernel has that wait until pages of some filesystem are written, and that filesystem lies on an image
/// of this worker's mount. Pure; allocates nothing.
/// </summary>
/// <remarks>
/// <para>The signs: requests are in serving threads' hands, none of them gets on for the whole limit, and memory is used up. A slow disk alone is no deadlock: it
/// answers some day, and a successor would wait for it too.</para>
/// <para>Counted in looks, not in time: if the machine or the group of processes stands still, the guard does too.</para>
/// </remarks>
internal sealed class GuardWatch
{
    /// <summary>Looks within the limit.</summary>
    public const int Looks = 40;

    /// <summary>The worker is killed then, so that it can be gone before the limit is over.</summary>
    private const int LooksUntilKill = Looks * 4 / 5;

    private long seen;
    private int worker;
    private int still;
    private bool killed;

    /// <summary>What is to be done now.</summary>
    /// <param name="signs">All counters of the serving threads in one number.</param>
    /// <param name="busy">Whether any of them has requests in hand.</param>
    /// <param name="process">The worker's process id, 0 if none lives: what died was reaped.</param>
    /// <param name="short">Whether memory is used up; asked only when it matters.</param>
    public GuardStep Look(long signs, bool busy, int process, Func<bool> @short)
    {
        if (process != worker)
        {
            bool wasKilled = killed;
            worker = process;
            seen = signs;
            still = 0;
            killed = false;
            return wasKilled ? GuardStep.Replaced : GuardStep.None;
        }
        if (process == 0 || !busy || signs != seen)
        {
            seen = signs;
            still = 0;
            return GuardStep.None;
        }
        still++;
        if (!killed && still >= LooksUntilKill && @short())
        {
            killed = true;
            return GuardStep.Kill;
        }
        return killed && still >= Looks ? GuardStep.Abort : GuardStep.None;
    }
}
