namespace VdFs.Fuse.Session;

public sealed record SessionOptions
{
    /// <summary>
    /// Most threads that read requests and serve them: how many operations can wait for a disk at once. They start when needed, and no more
    /// of them read at a time than the load calls for.
    /// </summary>
    public int Threads { get; init; } = 16;

    /// <summary>For how long a thread that reads alone looks for the next request before it sleeps, while that pays. Zero: never.</summary>
    public TimeSpan Spin { get; init; } = TimeSpan.FromMicroseconds(30);

    /// <summary>Whether the kernel is asked to read files by itself where the tree gives it leave (<see cref="KernelPassthrough"/>).</summary>
    public bool Passthrough { get; init; }

    /// <summary>Most threads that do what has to wait (syncing, cuts, writes during a cut). They start when needed.</summary>
    public int SlowThreads { get; init; } = 8;
}
