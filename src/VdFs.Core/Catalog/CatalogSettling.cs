using System.Diagnostics;

namespace VdFs.Core.Catalog;

/// <summary>
/// Settles commits that failed without being known to be undone: a database's log may hold them as a whole, handed over to the kernel, when only the sync behind them failed. The next
/// commit takes their place in the log; so one that changes nothing is made, and made again for a while, before anybody is told that the former one failed.
/// </summary>
/// <remarks>
/// What must hold: a failure is told while it is unsettled only after the limit; from then on a timer goes on trying. Any other commit that succeeds settles as well, which costs one
/// commit too many at most. Thread-safe.
/// </remarks>
internal sealed class CatalogSettling : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(2);

    private readonly ICatalog catalog;
    private readonly TimeSpan limit;
    private readonly ITimer timer;
    private volatile bool unsettled;
    private volatile bool disposed;

    /// <param name="catalog">Stays the caller's.</param>
    /// <param name="limit">How long a failure may be held back.</param>
    /// <param name="clock">Whose timer goes on after it.</param>
    public CatalogSettling(ICatalog catalog, TimeSpan limit, TimeProvider clock)
    {
        this.catalog = catalog;
        this.limit = limit;
        timer = clock.CreateTimer(_ => TryAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A commit failed in a way that leaves open what the log holds. False: it still is open, and is tried again now and then.</summary>
    public bool Settle()
    {
        unsettled = true;
        long start = Stopwatch.GetTimestamp();
        while (!Try())
        {
            if (Stopwatch.GetElapsedTime(start) >= limit)
            {
                timer.Change(Later, Timeout.InfiniteTimeSpan);
                return false;
            }
            Thread.Sleep(Pause);
        }
        return true;
    }

    public void Dispose()
    {
        disposed = true;
        timer.Dispose();
    }

    private void TryAgain()
    {
        if (!disposed && unsettled && !Try() && !disposed)
            timer.Change(Later, Timeout.InfiniteTimeSpan);
    }

    private bool Try()
    {
        try
        {
            catalog.Settle();
            unsettled = false;
            return true;
        }
        catch (CatalogException)
        {
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
