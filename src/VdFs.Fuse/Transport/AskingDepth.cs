using System.Diagnostics;

namespace VdFs.Fuse.Transport;

/// <summary>
/// How many requests a receiver asks for at once: one while clients ask for one at a time (every further one that is asked for costs the kernel a look at each
/// arrival), more while several are found waiting, and never more than can be served in a moment, since those in hand wait for each other.
/// </summary>
internal sealed class AskingDepth
{
    public const int Most = 8;

    /// <summary>The last of those that are fetched together waits so long for the others.</summary>
    private static readonly double Patience = Stopwatch.Frequency * 60e-6;

    private const double FoundWeight = 1.0 / 8;
    private const double ServedWeight = 1.0 / 16;

    private double found;
    private double served = Patience / Most;

    /// <summary>1 to <see cref="Most"/>.</summary>
    public int Now { get; private set; } = 1;

    /// <param name="requests">How many were found waiting.</param>
    public void NoteFound(int requests)
    {
        found += (requests - found) * FoundWeight;
        // Twice what is usually found: where all that was asked for was there, more may be.
        double wanted = Math.Min(2 * found, Patience / served);
        Now = Math.Clamp((int)(wanted + 0.25), 1, Most);
    }

    /// <param name="requests">How many were served one after the other; 1 to <see cref="Most"/>.</param>
    /// <param name="ticks">How long that took in all, in ticks of <see cref="Stopwatch"/>.</param>
    public void NoteServed(int requests, long ticks) =>
        served = Math.Max(1, served + ((((double)ticks / requests) - served) * ServedWeight * requests));
}
