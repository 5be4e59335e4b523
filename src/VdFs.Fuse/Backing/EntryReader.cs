using System.Buffers;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <summary>All that a cut keeps of one name, in two system calls for a file without extended attributes.</summary>
internal static unsafe class EntryReader
{
    /// <summary>Most that is kept of an entry's extended attributes, names and values together; also the kernel's limit for either (XATTR_LIST_MAX, XATTR_SIZE_MAX).</summary>
    private const int ExtendedAttributesLimit = 64 << 10;

    /// <summary>Whether the kernel was found to have no listxattrat(2) (before 6.13).</summary>
    private static volatile bool lacksListAt;

    /// <param name="directory">The folder, or the file itself if <paramref name="terminated"/> is empty.</param>
    /// <param name="terminated">The name, NUL-terminated, or empty.</param>
    /// <param name="name">The name to put into the entry.</param>
    /// <returns><see cref="FsError.CrossDevice"/> for a mount point below the folder.</returns>
    public static FsError Read(int directory, byte* terminated, ReadOnlySpan<byte> name, out TreeEntry? entry)
    {
        entry = null;
        StatxBuffer stat;
        int flags = Libc.AT_SYMLINK_NOFOLLOW | Libc.AT_NO_AUTOMOUNT | Libc.AT_EMPTY_PATH;
        FsError error = Libc.Check(Libc.statx(directory, terminated, flags, Libc.STATX_ALL, &stat));
        if (error != FsError.None)
            return error;
        if (*terminated != 0 && stat.IsMountRoot)
            return FsError.CrossDevice;
        stat.CopyTo(out FileAttributes attributes);
        byte[]? target = null;
        if (attributes.IsSymlink)
            error = ReadTarget(directory, terminated, out target);
        List<(byte[], byte[])>? extended = null;
        if (error == FsError.None)
            error = ReadExtendedAttributes(directory, terminated, out extended);
        if (error == FsError.None)
            entry = new TreeEntry { Name = name.ToArray(), Attributes = attributes, SymlinkTarget = target, ExtendedAttributes = extended };
        return error;
    }

    private static FsError ReadTarget(int directory, byte* terminated, out byte[]? target)
    {
        byte* buffer = stackalloc byte[FileName.PathBufferSize];
        nint length = Libc.readlinkat(directory, terminated, buffer, FileName.PathBufferSize);
        FsError error = length >= 0 ? FsError.None : Libc.LastError;
        target = length >= 0 ? new ReadOnlySpan<byte>(buffer, (int)length).ToArray() : null;
        return error;
    }

    private static FsError ReadExtendedAttributes(int directory, byte* terminated, out List<(byte[] Name, byte[] Value)>? pairs)
    {
        pairs = null;
        if (HasNone(directory, terminated))
            return FsError.None;
        byte* path = stackalloc byte[ProcPath.BufferSize];
        // /proc/self/fd/N is itself a link and has to be followed; /proc/self/fd/N/NAME must not be, if NAME is a link.
        bool self = *terminated == 0;
        if (self)
            ProcPath.OfDescriptor(directory, path);
        else
            ProcPath.OfEntry(directory, terminated, path);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(2 * ExtendedAttributesLimit);
        try
        {
            fixed (byte* names = buffer)
                return ReadPairs(path, self, names, names + ExtendedAttributesLimit, out pairs);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// The usual case, for which it pays not to walk through /proc: with listxattrat(2), where there is one, a scan takes half the time.
    /// False also if that can't be told.
    /// </summary>
    private static bool HasNone(int directory, byte* terminated)
    {
        if (lacksListAt)
            return false;
        nint size = Libc.listxattrat(directory, terminated, Libc.AT_SYMLINK_NOFOLLOW | Libc.AT_EMPTY_PATH, null, 0);
        if (size < 0 && Libc.LastErrno == Errno.ENOSYS)
            lacksListAt = true;
        return size == 0;
    }

    private static FsError ReadPairs(byte* path, bool self, byte* names, byte* value, out List<(byte[] Name, byte[] Value)>? pairs)
    {
        pairs = null;
        nint size = self ? Libc.listxattr(path, names, ExtendedAttributesLimit) : Libc.llistxattr(path, names, ExtendedAttributesLimit);
        if (size < 0)
            return Unsupported(Libc.LastError);
        // Lists of access first: what decides who gets in is never what the limit leaves out.
        int kept = 0;
        for (int pass = 0; pass < 2; pass++)
        {
            for (byte* next = names; next < names + size;)
            {
                ReadOnlySpan<byte> name = System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(next);
                if (name.StartsWith("system."u8) == (pass == 0))
                {
                    nint length = self
                        ? Libc.getxattr(path, next, value, ExtendedAttributesLimit)
                        : Libc.lgetxattr(path, next, value, ExtendedAttributesLimit);
                    // One that was removed meanwhile or that we may not read is left out, like what passes the limit.
                    if (length >= 0 && kept + name.Length + (int)length <= ExtendedAttributesLimit)
                    {
                        kept += name.Length + (int)length;
                        (pairs ??= []).Add((name.ToArray(), new ReadOnlySpan<byte>(value, (int)length).ToArray()));
                    }
                }
                next += name.Length + 1;
            }
        }
        return FsError.None;
    }

    private static FsError Unsupported(FsError error) =>
        error is FsError.NotSupported or FsError.AccessDenied or FsError.NotPermitted ? FsError.None : error;
}
