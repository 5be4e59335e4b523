using VdFs.Core.Errors;

namespace VdFs.Fuse.Native;

/// <summary>The one table between <see cref="FsError"/> and Linux's errno (asm-generic/errno.h). Complete by test.</summary>
public static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int ENXIO = 6;
    public const int E2BIG = 7;
    public const int EBADF = 9;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int EXDEV = 18;
    public const int ENODEV = 19;
    public const int ENOTDIR = 20;
    public const int EISDIR = 21;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int ETXTBSY = 26;
    public const int EFBIG = 27;
    public const int ENOSPC = 28;
    public const int EROFS = 30;
    public const int EMLINK = 31;
    public const int ERANGE = 34;
    public const int ENAMETOOLONG = 36;
    public const int ENOSYS = 38;
    public const int ENOTEMPTY = 39;
    public const int ELOOP = 40;
    public const int ENODATA = 61;
    public const int EOVERFLOW = 75;
    public const int EOPNOTSUPP = 95;
    public const int ETIMEDOUT = 110;
    public const int ESTALE = 116;
    public const int EDQUOT = 122;

    private static readonly (FsError Error, int Errno)[] Table =
    [
        (FsError.NotPermitted, EPERM),
        (FsError.NotFound, ENOENT),
        (FsError.Interrupted, EINTR),
        (FsError.Io, EIO),
        (FsError.NoSuchAddress, ENXIO),
        (FsError.ArgumentListTooLong, E2BIG),
        (FsError.BadHandle, EBADF),
        (FsError.TryAgain, EAGAIN),
        (FsError.OutOfMemory, ENOMEM),
        (FsError.AccessDenied, EACCES),
        (FsError.Busy, EBUSY),
        (FsError.AlreadyExists, EEXIST),
        (FsError.CrossDevice, EXDEV),
        (FsError.NoDevice, ENODEV),
        (FsError.NotDirectory, ENOTDIR),
        (FsError.IsDirectory, EISDIR),
        (FsError.InvalidArgument, EINVAL),
        (FsError.TooManyOpenFilesInSystem, ENFILE),
        (FsError.TooManyOpenFiles, EMFILE),
        (FsError.TextFileBusy, ETXTBSY),
        (FsError.FileTooLarge, EFBIG),
        (FsError.NoSpace, ENOSPC),
        (FsError.ReadOnly, EROFS),
        (FsError.TooManyLinks, EMLINK),
        (FsError.OutOfRange, ERANGE),
        (FsError.NameTooLong, ENAMETOOLONG),
        (FsError.NotImplemented, ENOSYS),
        (FsError.DirectoryNotEmpty, ENOTEMPTY),
        (FsError.SymlinkLoop, ELOOP),
        (FsError.NoData, ENODATA),
        (FsError.Overflow, EOVERFLOW),
        (FsError.NotSupported, EOPNOTSUPP),
        (FsError.TimedOut, ETIMEDOUT),
        (FsError.Stale, ESTALE),
        (FsError.QuotaExceeded, EDQUOT),
    ];

    private static readonly int[] ByError = BuildByError();
    private static readonly FsError[] ByErrno = BuildByErrno();

    /// <summary>0 for <see cref="FsError.None"/>, else a positive errno.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="FsError.MustWait"/>, which is no outcome, or a value outside of the enumeration.</exception>
    public static int From(FsError error)
    {
        if (error == FsError.None)
            return 0;
        int errno = (uint)error < (uint)ByError.Length ? ByError[(int)error] : 0;
        return errno != 0 ? errno : throw new ArgumentOutOfRangeException(nameof(error), error, "has no errno");
    }

    /// <summary>A positive errno as an error; one that the table lacks is an I/O error.</summary>
    public static FsError ToError(int errno) =>
        errno == 0 ? FsError.None : (uint)errno < (uint)ByErrno.Length ? ByErrno[errno] : FsError.Io;

    private static int[] BuildByError()
    {
        int[] map = new int[Enum.GetValues<FsError>().Max(e => (int)e) + 1];
        foreach ((FsError error, int errno) in Table)
            map[(int)error] = errno;
        return map;
    }

    private static FsError[] BuildByErrno()
    {
        var map = new FsError[Table.Max(row => row.Errno) + 1];
        Array.Fill(map, FsError.Io);
        foreach ((FsError error, int errno) in Table)
            map[errno] = error;
        return map;
    }
}
