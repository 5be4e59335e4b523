namespace VdFs.Core.Space;

/// <summary>
/// Where the engine and whoever keeps waiting requests meet: requests that need room wait there, outside of the gate and of all locks, and hold no
/// thread. Safe from any thread.
/// </summary>
/// <remarks>What must hold: a request that waits is tried again after every <see cref="RoomMade"/> that follows its last try, and at its limit at the latest.</remarks>
public sealed class WaitingRoom
{
    private long limitTicks;
    private int waiting;

    /// <summary>How long a request waits at most; then it is done once more, and fails if there is still no room.</summary>
    public TimeSpan Limit
    {
        get => new(Interlocked.Read(ref limitTicks));
        set => Interlocked.Exchange(ref limitTicks, value.Ticks);
    }

    /// <summary>Set by who keeps the requests: called when there may be room. Called under locks of the engine: it only passes the word on.</summary>
    public Action RoomMade { get; set; } = static () => { };

    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>A request began to wait, or ended to.</summary>
    public void Count(int change) => Interlocked.Add(ref waiting, change);
}
