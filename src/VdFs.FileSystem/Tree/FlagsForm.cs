namespace VdFs.FileSystem.Tree;

/// <summary>The two forms of a file's flags on Linux (ioctl_iflags(2), ioctl_fsgetxattr(2)), as the kernel lays them out.</summary>
public enum FlagsForm
{
    /// <summary>FS_IOC_GETFLAGS and FS_IOC_SETFLAGS: 4 bytes.</summary>
    Flags,

    /// <summary>FS_IOC_FSGETXATTR and FS_IOC_FSSETXATTR: struct fsxattr, 28 bytes.</summary>
    Extended,
}
