using VdFs.Core.Errors;

namespace VdFs.Backup.Native;

/// <summary>Linux's errno as errors: those that a caller can tell apart here. One that isn't listed is an I/O error.</summary>
internal static class Errno
{
    public static FsError ToError(int errno) => errno switch
    {
        0 => FsError.None,
        1 => FsError.NotPermitted,
        2 => FsError.NotFound,
        4 => FsError.Interrupted,
        6 => FsError.NoSuchAddress,
        9 => FsError.BadHandle,
        11 => FsError.TryAgain,
        12 => FsError.OutOfMemory,
        13 => FsError.AccessDenied,
        16 => FsError.Busy,
        17 => FsError.AlreadyExists,
        18 => FsError.CrossDevice,
        19 => FsError.NoDevice,
        20 => FsError.NotDirectory,
        21 => FsError.IsDirectory,
        22 => FsError.InvalidArgument,
        23 => FsError.TooManyOpenFilesInSystem,
        24 => FsError.TooManyOpenFiles,
        26 => FsError.TextFileBusy,
        27 => FsError.FileTooLarge,
        28 => FsError.NoSpace,
        30 => FsError.ReadOnly,
        31 => FsError.TooManyLinks,
        34 => FsError.OutOfRange,
        36 => FsError.NameTooLong,
        38 => FsError.NotImplemented,
        39 => FsError.DirectoryNotEmpty,
        40 => FsError.SymlinkLoop,
        61 => FsError.NoData,
        75 => FsError.Overflow,
        95 => FsError.NotSupported,
        110 => FsError.TimedOut,
        116 => FsError.Stale,
        122 => FsError.QuotaExceeded,
        _ => FsError.Io,
    };
}
