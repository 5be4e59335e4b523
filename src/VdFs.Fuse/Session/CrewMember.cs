using VdFs.Fuse.Native;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Session;

/// <summary>One serving thread as its <see cref="ServingCrew"/> sees it. Written by its own thread, read by all.</summary>
internal sealed class CrewMember(ServingCrew crew, IReceiver receiver, IRelief relief) : IDisposable
{
    /// <summary>What a request costs beside its bytes, in bytes.</summary>
    private const int WorkOfRequest = 16 * 1024;

    private readonly TaskState state = TaskState.OfThisThread();
    private long requests;
    private long found;
    private long work;
    private long seen;

    internal IReceiver Receiver => receiver;

    internal AutoResetEvent Called { get; } = new(initialState: false);

    internal bool IsResting { get; set; }

    internal long Requests => Volatile.Read(ref requests);

    internal long Found => Volatile.Read(ref found);

    internal long Work => Volatile.Read(ref work);

    /// <summary>The request at hand is done with.</summary>
    /// <param name="bytes">Of the request and its answer.</param>
    public void Count(int bytes)
    {
        if (!receiver.Waited)
            Volatile.Write(ref found, found + 1);
        Volatile.Write(ref work, work + WorkOfRequest + bytes);
        Volatile.Write(ref requests, requests + 1);
    }

    /// <summary>All that was in hand is done with; waits here if others are enough.</summary>
    /// <param name="now">In ticks of <see cref="System.Diagnostics.Stopwatch"/>.</param>
    /// <returns>False: the session is over.</returns>
    public bool End(long now)
    {
        crew.Judge(now);
        if (!crew.HasTooMany)
            return true;
        // What comes before the kernel takes it back is served first.
        receiver.StopAsking();
        if (receiver.HasMore)
            return true;
        receiver.Flush();
        return crew.Rest(this);
    }

    /// <summary>Whether it waits for something in a request; and whether it has been at that request since the last call.</summary>
    internal bool IsWaiting(out bool heldUp)
    {
        long now = Requests;
        // Twice: between two looks it may end its request and wait for the next one.
        bool waits = receiver.IsBusy && state.IsWaiting && receiver.IsBusy && now == Requests;
        heldUp = waits && now == seen;
        seen = now;
        return waits;
    }

    /// <summary>From the watch's thread, while it is held up.</summary>
    internal void Relieve() => receiver.Relieve(relief);

    public void Dispose()
    {
        state.Dispose();
        Called.Dispose();
    }
}
