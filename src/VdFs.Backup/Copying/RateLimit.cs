using System.Diagnostics;

namespace VdFs.Backup.Copying;

/// <summary>Holds readers up so that together they stay below so many bytes per second. Safe from any thread.</summary>
internal sealed class RateLimit(long bytesPerSecond)
{
    private readonly Lock guard = new();
    private readonly Stopwatch clock = Stopwatch.StartNew();

    /// <summary>When the next byte may be read, in seconds of the clock.</summary>
    private double next;

    public void Take(long bytes, CancellationToken cancellation)
    {
        if (bytesPerSecond <= 0)
            return;
        double wait;
        lock (guard)
        {
            double now = clock.Elapsed.TotalSeconds;
            // What wasn't used while nobody read isn't saved up.
            next = Math.Max(next, now) + (bytes / (double)bytesPerSecond);
            wait = next - now;
        }
        if (wait > 0.001)
            cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(Math.Min(wait, 3600)));
        cancellation.ThrowIfCancellationRequested();
    }
}
