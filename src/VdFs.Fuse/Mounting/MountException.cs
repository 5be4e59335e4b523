namespace VdFs.Fuse.Mounting;

/// <summary>Why mounting or unmounting failed.</summary>
public enum MountFailure
{
    /// <summary>No /dev/fuse, or no permission to open it.</summary>
    NoDevice,
    MountPointMissing,
    MountPointNotDirectory,
    MountPointBusy,

    /// <summary>Neither the permission to mount nor a fusermount3.</summary>
    NoHelper,

    /// <summary>allow_other asked for by someone who may not.</summary>
    AllowOtherForbidden,
    NotMounted,
    NotPermitted,
    Other,
}

/// <summary>Mounting or unmounting failed; the message is one sentence for people that says what to do.</summary>
public sealed class MountException(MountFailure failure, string message) : Exception(message)
{
    public MountFailure Failure { get; } = failure;
}
