using VdFs.Fuse.Native;

namespace VdFs.Fuse.Transport;

/// <summary>Whether the kernel lets this process get requests by io_uring.</summary>
public static class FuseRings
{
    /// <summary>Tries. Null if it does; else why not, and what could be done about it.</summary>
    public static string? WhyNot()
    {
        using IoUring? ring = IoUring.TryCreate(1, out int errno);
        return ring is not null ? null : errno switch
        {
            Errno.EPERM => "io_uring is turned off here: the sysctl kernel.io_uring_disabled, or a container's seccomp filter",
            Errno.ENOSYS => "io_uring is turned off here, or older than Linux 5.1",
            Errno.EINVAL => "io_uring is older than Linux 6.1 here",
            _ => $"io_uring can't be had (errno {errno})",
        };
    }
}
