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
        if (!from.descriptor.TryEnter(out int sourceFile, out FsError error))
            return error;
        if (descriptor.TryEnter(out int file, out error))
        {
            error = Libc.IsWrittenBack(sourceFile, offset, length) ? Share(file, sourceFile, offset, length) : FsError.NotSupported;
            descriptor.Exit();
        }
        from.descriptor.Exit();
        return error;
    }

    /// <inheritdoc/>
    /// <remarks>By the filesystem's extents: SEEK_HOLE looks at all of them until there is a hole, however far away, and on tmpfs at all pages.</remarks>
    public FsError FindHole(long offset, long length, out long hole)
    {
        hole = offset;
        if (!descriptor.TryEnter(out int file, out FsError error))
            return error;
        bool goesOn;
        do
            error = PassExtents(file, offset + length, ExtentMap.Most, ref hole, out goesOn);
        while (error == FsError.None && goesOn);
        descriptor.Exit();
        return error;
    }

    /// <inheritdoc/>
    public FsError FindDataEnd(long offset, int extents, out long end)
    {
        end = offset;
        if (!descriptor.TryEnter(out int file))
            return FsError.BadHandle;
        FsError error = PassExtents(file, long.MaxValue, Math.Min(extents, ExtentMap.Most), ref end, out _);
        descriptor.Exit();
        return error;
    }

    /// <summary>Moves <paramref name="at"/> to the end of the extents that follow each other there.</summary>
    /// <param name="file">Descriptor.</param>
    /// <param name="end">Where to stop.</param>
    /// <param name="extents">At most so many are looked at.</param>
    /// <param name="at">From where on.</param>
    /// <param name="goesOn">There may be more.</param>
    private static FsError PassExtents(int file, long end, int extents, ref long at, out bool goesOn)
    {
        goesOn = false;
        var map = new ExtentMap { Start = (ulong)at, Length = (ulong)(end - at), ExtentCount = (uint)extents };
        FsError error = Libc.Check(Libc.ioctl(file, Libc.FS_IOC_FIEMAP, &map));
        if (error != FsError.None)
            return Libc.LastErrno is Errno.EOPNOTSUPP or FuseErrno.ENOTTY ? FsError.NotSupported : error;
        foreach (ref readonly FileExtent extent in map.Found[..(int)map.MappedExtents])
        {
            if (extent.Logical > (ulong)at || (extent.Flags & FileExtent.Unwritten) != 0)
                return FsError.None;
            at = (long)Math.Min((ulong)end, extent.Logical + extent.Length);
            if (at == end || (extent.Flags & FileExtent.Last) != 0)
                return FsError.None;
        }
        goesOn = map.MappedExtents != 0;
        return FsError.None;
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
