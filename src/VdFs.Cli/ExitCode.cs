using VdFs.Core.Errors;

namespace VdFs.Cli;

/// <summary>How `vdfs` ends. The one place: <see cref="ExitCodes.Help"/> is what `vdfs --help` prints, and README has the same table.</summary>
public enum ExitCode
{
    Ok = 0,
    Unexpected = 1,
    Usage = 2,
    NotFound = 3,
    Exists = 4,
    Refused = 5,
    NoPermission = 6,
    HostLacks = 7,
    NoSpace = 8,
    TimedOut = 9,
    FaultsFound = 10,

    /// <summary>As shells tell of a program that Ctrl-C ended.</summary>
    Interrupted = 130,
}

/// <summary>What each <see cref="ExitCode"/> means, and the table from the tree's errors to them.</summary>
public static class ExitCodes
{
    /// <summary>One line per code, in ascending order.</summary>
    public static IReadOnlyList<(ExitCode Code, string Meaning)> Help { get; } =
    [
        (ExitCode.Ok, "done"),
        (ExitCode.Unexpected, "something unexpected, or an I/O error; the message and the log say more"),
        (ExitCode.Usage, "the command line or a name is not valid"),
        (ExitCode.NotFound, "no such mount, image, snapshot or directory"),
        (ExitCode.Exists, "that name, mount or file is there already"),
        (ExitCode.Refused, "refused by the state it is in: busy, locked, lost, read-only, damaged"),
        (ExitCode.NoPermission, "no permission"),
        (ExitCode.HostLacks, "the host lacks something; `vdfs doctor` says what"),
        (ExitCode.NoSpace, "no space, or a quota is used up"),
        (ExitCode.TimedOut, "it took too long"),
        (ExitCode.FaultsFound, "check, verify, list or `status --check` found something wrong that isn't repaired"),
        (ExitCode.Interrupted, "interrupted (Ctrl-C); the message says what remains"),
    ];

    public static ExitCode From(FsError error) => error switch
    {
        FsError.None => ExitCode.Ok,
        FsError.NotFound or FsError.NoData or FsError.NoSuchAddress or FsError.NoDevice => ExitCode.NotFound,
        FsError.AlreadyExists => ExitCode.Exists,
        FsError.InvalidArgument or FsError.NameTooLong or FsError.ArgumentListTooLong or FsError.NotDirectory
            or FsError.IsDirectory => ExitCode.Usage,
        FsError.Busy or FsError.TextFileBusy or FsError.ReadOnly or FsError.DirectoryNotEmpty or FsError.Stale
            or FsError.TooManyLinks => ExitCode.Refused,
        FsError.AccessDenied or FsError.NotPermitted => ExitCode.NoPermission,
        FsError.NotSupported or FsError.NotImplemented or FsError.TooManyOpenFiles
            or FsError.TooManyOpenFilesInSystem or FsError.OutOfMemory => ExitCode.HostLacks,
        FsError.NoSpace or FsError.QuotaExceeded => ExitCode.NoSpace,
        FsError.TimedOut or FsError.TryAgain => ExitCode.TimedOut,
        _ => ExitCode.Unexpected,
    };
}
