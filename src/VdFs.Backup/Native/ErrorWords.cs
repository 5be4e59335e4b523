using VdFs.Core.Errors;

namespace VdFs.Backup.Native;

/// <summary>Errors in words, for the end of a sentence.</summary>
internal static class ErrorWords
{
    public static string Of(FsError error) => error switch
    {
        FsError.NotFound => "it isn't there",
        FsError.AccessDenied or FsError.NotPermitted => "no permission",
        FsError.NoSpace => "no space left",
        FsError.QuotaExceeded => "a quota is used up",
        FsError.ReadOnly => "it is read-only",
        FsError.Io => "an I/O error",
        FsError.SymlinkLoop => "a symbolic link is where none may be",
        FsError.CrossDevice => "the path leads outside",
        FsError.NotDirectory => "something that is no directory is in the way",
        FsError.IsDirectory => "it is a directory",
        FsError.AlreadyExists => "it is there already",
        FsError.Busy or FsError.TextFileBusy => "it is in use",
        FsError.FileTooLarge => "the filesystem takes no file that large",
        FsError.NameTooLong => "the name is too long",
        FsError.Stale => "it is gone",
        FsError.NotSupported => "the filesystem there doesn't take it",
        FsError.NotImplemented => "the kernel lacks openat2 (Linux 5.6)",
        _ => error.ToString(),
    };
}
