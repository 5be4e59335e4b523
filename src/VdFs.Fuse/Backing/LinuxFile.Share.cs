using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>Sharing extents: xfs with reflink, btrfs and others.</content>
public sealed unsafe partial class LinuxFile
{
    /// <summary>The filesystem can't, or the other file is on another one: not asked again.</summary>
    private volatile bool cannotShare;

    /// <inheritdoc/>
    /// <remarks>
    /// ioctl_ficlonerange(2) writes back what is dirty in the range before it shares anything, and waits for that: so the kernel is asked first whether there is any (cachestat(2),
    /// Linux 6.5). Before, nothing is shared.
    /// </remarks>
    public FsError ShareFrom(IFile source, long offset, long length)
    {
        if (cannotShare || source is not LinuxFile from)
            return FsError.NotSupported;
        if (!from.descriptor.TryEnter(out int sourceFile))
            return FsError.BadHandle;
        FsError error = FsError.BadHandle;
        if (descriptor.TryEnter(out int file))
        {
            error = Libc.IsWrittenBack(sourceFile, offset, length) ? Share(file, sourceFile, offset, length) : FsError.NotSupported;
            descriptor.Exit();
        }
        from.descriptor.Exit();
        return error;
    }

    private FsError Share(int file, int source, long offset, long length)
    {
        var range = new CloneRange { Source = source, SourceOffset = (ulong)offset, Length = (ulong)length, Offset = (ulong)offset };
        FsError error;
        int errno;
        do
        {
            error = Libc.Check(Libc.ioctl(file, Libc.FICLONERANGE, &range));
            errno = error == FsError.None ? 0 : Libc.LastErrno;
        }
        while (error == FsError.Interrupted);
        if (errno is Errno.EOPNOTSUPP or Errno.EXDEV or FuseErrno.ENOTTY)
            cannotShare = true;
        // EINVAL: blocks that don't fit the filesystem's, or a range beyond the source's end.
        return errno is Errno.EOPNOTSUPP or Errno.EXDEV or FuseErrno.ENOTTY or Errno.EINVAL ? FsError.NotSupported : error;
    }
}
