namespace VdFs.Fuse.Session;

public sealed record SessionOptions
{
    /// <summary>Threads that read requests and serve them, each on the queue of its number modulo the transport's queues.</summary>
    public int Threads { get; init; } = 4;

    /// <summary>Most threads that do what has to wait (syncing, cuts, writes during a cut). They start when needed.</summary>
    public int SlowThreads { get; init; } = 8;
}
