namespace VdFs.Fuse.Native;

/// <summary>RLIMIT_NOFILE. Every file that the kernel remembers keeps a descriptor of the daemon's open.</summary>
public static unsafe class DescriptorLimit
{
    /// <summary>Raises the soft limit to the hard one, and answers what now holds.</summary>
    public static ulong Raise()
    {
        ResourceLimit limit;
        if (Libc.getrlimit(Libc.RLIMIT_NOFILE, &limit) < 0)
            return 0;
        if (limit.Soft < limit.Hard)
        {
            ResourceLimit raised = limit;
            raised.Soft = limit.Hard;
            if (Libc.setrlimit(Libc.RLIMIT_NOFILE, &raised) >= 0)
                return raised.Soft;
        }
        return limit.Soft;
    }
}
