namespace VdFs.Cli.Mounting;

/// <summary>How requests come from the kernel.</summary>
public enum Transport
{
    /// <summary>By io_uring where the kernel lets us, else by read(2).</summary>
    Auto,

    /// <summary>By io_uring, or not at all.</summary>
    IoUring,

    /// <summary>By read(2).</summary>
    Read,
}
