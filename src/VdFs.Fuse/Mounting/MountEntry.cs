namespace VdFs.Fuse.Mounting;

/// <summary>One line of /proc/self/mountinfo (proc(5)), escapes decoded.</summary>
/// <param name="Root">What of the filesystem is mounted.</param>
/// <param name="MountPoint">Absolute path.</param>
/// <param name="Type">Such as <see cref="KernelMount.Type"/>.</param>
/// <param name="Source">The backing directory for VdFs.</param>
/// <param name="Major">Of the device number.</param>
/// <param name="Minor">Of the device number; names the connection of a FUSE mount.</param>
/// <param name="Options">Of the mount, separated by commas.</param>
/// <param name="FileSystemOptions">Of the filesystem, separated by commas; FUSE tells its user_id= here.</param>
public sealed record MountEntry(
    string Root, string MountPoint, string Type, string Source, int Major, int Minor, string Options, string FileSystemOptions)
{
    /// <summary>Of this mount, in all namespaces: a copy in another one has another number. 0: not read from the kernel.</summary>
    public int Id { get; init; }

    /// <summary>Number of the mount that it lies in.</summary>
    public int Parent { get; init; }

    /// <summary>Peer group that it gives its mounts and unmounts to; 0: none.</summary>
    public int Shares { get; init; }

    /// <summary>Peer group that it gets mounts and unmounts from without giving any; 0: none.</summary>
    public int Follows { get; init; }

    public bool IsReadOnly => Options.Split(',').Contains("ro");
}
