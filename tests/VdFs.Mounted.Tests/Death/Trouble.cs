namespace VdFs.Mounted.Tests.Death;

/// <summary>Something that happens beside the test; its failure is the test's.</summary>
internal sealed class Trouble : IDisposable
{
    private readonly Thread thread;
    private volatile Exception? failure;

    public Trouble(Action action)
    {
        thread = new Thread(() =>
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // Rethrown on the test's own thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
            }
        }) { IsBackground = true };
        thread.Start();
    }

    /// <summary>Whether it is done. Rethrows what went wrong.</summary>
    public bool IsOver
    {
        get
        {
            if (thread.IsAlive)
                return false;
            return failure is { } e ? throw new InvalidOperationException(e.Message, e) : true;
        }
    }

    public void Dispose() => thread.Join(TimeSpan.FromMinutes(3));
}
