namespace VdFs.Fuse.Supervision;

/// <summary>
/// Whether another worker is worth trying. A death costs nothing by itself, however many there are; what counts is that none gets to serve, or
/// that they die of what they serve.
/// </summary>
public sealed class RestartPolicy
{
    /// <summary>Starts in a row that never served.</summary>
    public const int MostFailedStarts = 5;

    /// <summary>Workers in a row that died young.</summary>
    public const int MostYoungDeaths = 50;

    /// <summary>Until then a worker is young.</summary>
    public static readonly TimeSpan Young = TimeSpan.FromSeconds(3);

    private int failedStarts;
    private int youngDeaths;

    /// <summary>A worker ended that should not have.</summary>
    /// <param name="served">For how long it served; null if it never did.</param>
    /// <param name="delay">How long to wait before the next one.</param>
    /// <returns>False: give up.</returns>
    public bool TryAgain(TimeSpan? served, out TimeSpan delay)
    {
        delay = TimeSpan.Zero;
        if (served is null)
        {
            failedStarts++;
            // The first one may have died of what killed its predecessor; after that, what ails them may take a moment to pass.
            delay = TimeSpan.FromMilliseconds(failedStarts == 1 ? 0 : 100 << failedStarts);
        }
        else
        {
            failedStarts = 0;
            youngDeaths = served < Young ? youngDeaths + 1 : 0;
        }
        return failedStarts < MostFailedStarts && youngDeaths < MostYoungDeaths;
    }

    /// <summary>Another build is tried: what the former one did says nothing about it.</summary>
    public void Forget() => failedStarts = youngDeaths = 0;
}
