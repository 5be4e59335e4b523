namespace VdFs.Fuse.Native;

/// <summary>What the kernel counts of the calling thread (getrusage(2), RUSAGE_THREAD). A system call.</summary>
internal static unsafe class ThreadUsage
{
    /// <summary>How often the thread lost its core while it could have gone on.</summary>
    public static long InvoluntarySwitches
    {
        get
        {
            FuseLibc.ResourceUsage usage = default;
            _ = FuseLibc.getrusage(FuseLibc.UsageOfThread, &usage);
            return usage.InvoluntarySwitches;
        }
    }
}
