namespace VdFs.Fuse.Transport;

/// <summary>
/// Brings requests from the kernel and takes answers to it, by one or more queues. An answer goes back by the queue that its request
/// came from. Any number of threads may use one queue at once. Holds nothing that a later worker would need.
/// </summary>
public unsafe interface ITransport
{
    int QueueCount { get; }

    /// <summary>Waits for a request and writes it to <paramref name="buffer"/>.</summary>
    /// <param name="queue">0 to <see cref="QueueCount"/> − 1.</param>
    /// <param name="buffer">The caller's; stays so.</param>
    /// <param name="capacity">At least the negotiated largest write and 4096 bytes.</param>
    /// <returns>The request's length, or a negative errno: ENODEV when unmounted, ECONNABORTED when aborted, ENOENT, EINTR and EAGAIN when the caller should just try again.</returns>
    int Receive(int queue, byte* buffer, int capacity);

    /// <summary>Whether a request waits to be received right now.</summary>
    bool IsPending(int queue);

    /// <summary>Sends an answer or a notification, whole.</summary>
    /// <returns>0 or a negative errno: ENOENT if nobody waits for the answer any more, or for a notification about what the kernel doesn't know.</returns>
    int Send(int queue, byte* message, int length);
}
