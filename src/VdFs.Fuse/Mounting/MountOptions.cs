namespace VdFs.Fuse.Mounting;

/// <summary>What to mount where.</summary>
public sealed record MountOptions
{
    /// <summary>Shown as the mount's source: the backing directory's absolute path.</summary>
    public required string Source { get; init; }

    /// <summary>An existing directory, absolute; may be the backing directory itself.</summary>
    public required string MountPoint { get; init; }

    public bool ReadOnly { get; init; }

    public MountFlags Flags { get; init; }

    /// <summary>Other users than the mounting one may use the mount, as the permissions allow.</summary>
    public bool AllowOther { get; init; }
}
