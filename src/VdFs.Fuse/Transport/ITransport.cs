namespace VdFs.Fuse.Transport;

/// <summary>
/// Brings requests from the kernel and takes answers to it, by one or more queues. An answer goes back by the queue that its request
/// came from. Any number of threads may use one queue at once. Holds nothing that a later worker would need.
/// </summary>
public unsafe interface ITransport
{
    int QueueCount { get; }

    /// <summary>What the calling thread is to get requests by; for that thread alone, except where it says otherwise. The caller disposes of it.</summary>
    /// <param name="queue">0 to <see cref="QueueCount"/> − 1.</param>
    IReceiver OpenReceiver(int queue);

    /// <summary>Sends an answer or a notification, whole. From any thread.</summary>
    /// <returns>0 or a negative errno: ENOENT if nobody waits for the answer any more, or for a notification about what the kernel doesn't know.</returns>
    int Send(int queue, byte* message, int length);
}
