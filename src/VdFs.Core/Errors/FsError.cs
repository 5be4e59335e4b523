namespace VdFs.Core.Errors;

/// <summary>
/// What can go wrong in the tree and below it, as a value. Every platform has one table from these to its own
/// codes (errno, NTSTATUS), complete by test; nothing else in VdFs knows those codes.
/// </summary>
public enum FsError
{
    None = 0,

    /// <summary>
    /// Not an outcome: the operation would have to wait (for the gate, for a cut) and the caller's thread may not.
    /// The operation has had no effect and is to be repeated, whole, on a thread that may wait.
    /// Never reaches a client.
    /// </summary>
    MustWait,

    /// <summary>
    /// Not an outcome: a pre-image needs room in the preserve store, and there is none. The image is untouched, and the operation is to be repeated,
    /// whole, when there may be room; until then it waits without holding a thread. Never reaches a client.
    /// </summary>
    MustWaitForSpace,

    NotPermitted,
    NotFound,
    Interrupted,
    Io,
    NoSuchAddress,
    ArgumentListTooLong,
    BadHandle,
    TryAgain,
    OutOfMemory,
    AccessDenied,
    Busy,
    AlreadyExists,
    CrossDevice,
    NoDevice,
    NotDirectory,
    IsDirectory,
    InvalidArgument,
    TooManyOpenFiles,
    TooManyOpenFilesInSystem,
    TextFileBusy,
    FileTooLarge,
    NoSpace,
    ReadOnly,
    TooManyLinks,
    OutOfRange,
    NameTooLong,
    NotImplemented,
    DirectoryNotEmpty,
    SymlinkLoop,
    NoData,
    Overflow,
    NotSupported,
    QuotaExceeded,
    Stale,
    TimedOut,
}
