namespace VdFs.Fuse.Mounting;

/// <summary>Words of mount(8) that the kernel, or the daemon's reading of the backing directory, carries out.</summary>
[Flags]
public enum MountFlags
{
    None = 0,

    /// <summary>noexec: no program is started from the mount.</summary>
    NoExecution = 1,

    /// <summary>noatime: reading through the mount moves no access time.</summary>
    NoAccessTime = 2,

    /// <summary>nodiratime: listing a directory moves no access time.</summary>
    NoFolderAccessTime = 4,
}
