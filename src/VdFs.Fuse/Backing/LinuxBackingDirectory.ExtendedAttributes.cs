using VdFs.Core.Errors;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>
/// Extended attributes: read as the daemon, changed as the caller. An empty buffer asks for the length alone. That `trusted.` and `security.` need
/// privileges is checked by the kernel at the mount, since capabilities beside those of CAP_FS_SET stay with the daemon.
/// </content>
public sealed unsafe partial class LinuxBackingDirectory
{
    public FsError GetExtendedAttribute(BackingRef node, ReadOnlySpan<byte> name, Span<byte> value, out int length)
    {
        byte* path = stackalloc byte[ProcPath.BufferSize];
        byte* terminated = stackalloc byte[FileName.BufferSize];
        length = 0;
        FsError error = FileName.CopyText(name, terminated, FileName.BufferSize, FsError.OutOfRange);
        if (error != FsError.None)
            return error;
        ProcPath.OfDescriptor((int)node.Value, path);
        fixed (byte* start = value)
            error = Length(Libc.getxattr(path, terminated, start, value.Length), out length);
        // The daemon of a user sees none of them, whether they are there or not. libvirt asks first, and goes on without when told so.
        return error == FsError.NoData && !DaemonIdentity.IsRoot && name.StartsWith("trusted."u8) ? FsError.NotSupported : error;
    }

    public FsError ListExtendedAttributes(BackingRef node, Span<byte> names, out int length)
    {
        byte* path = stackalloc byte[ProcPath.BufferSize];
        ProcPath.OfDescriptor((int)node.Value, path);
        fixed (byte* start = names)
            return Length(Libc.listxattr(path, start, names.Length), out length);
    }

    public FsError SetExtendedAttribute(Caller caller, BackingRef node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ExtendedAttributeMode mode)
    {
        byte* path = stackalloc byte[ProcPath.BufferSize];
        byte* terminated = stackalloc byte[FileName.BufferSize];
        FsError error = FileName.CopyText(name, terminated, FileName.BufferSize, FsError.OutOfRange);
        if (error != FsError.None)
            return error;
        ProcPath.OfDescriptor((int)node.Value, path);
        using CallerScope scope = CallerScope.Enter(caller, out error);
        if (error != FsError.None)
            return error;
        // ExtendedAttributeMode has the kernel's values.
        fixed (byte* start = value)
            return Answer(Libc.Check(Libc.setxattr(path, terminated, start, value.Length, (int)mode)), name);
    }

    public FsError RemoveExtendedAttribute(Caller caller, BackingRef node, ReadOnlySpan<byte> name)
    {
        byte* path = stackalloc byte[ProcPath.BufferSize];
        byte* terminated = stackalloc byte[FileName.BufferSize];
        FsError error = FileName.CopyText(name, terminated, FileName.BufferSize, FsError.OutOfRange);
        if (error != FsError.None)
            return error;
        ProcPath.OfDescriptor((int)node.Value, path);
        using CallerScope scope = CallerScope.Enter(caller, out error);
        return error == FsError.None ? Answer(Libc.Check(Libc.removexattr(path, terminated)), name) : error;
    }

    /// <summary>
    /// The kernel checked at the mount that the caller may change such an attribute, so it is the daemon of a user that may not. Programs that are root
    /// take "not supported" for a filesystem without these attributes and go on, and EPERM for a failure.
    /// </summary>
    private static FsError Answer(FsError error, ReadOnlySpan<byte> name) =>
        error == FsError.NotPermitted && !DaemonIdentity.IsRoot && (name.StartsWith("trusted."u8) || name.StartsWith("security."u8))
            ? FsError.NotSupported : error;

    private static FsError Length(nint result, out int length)
    {
        FsError error = result >= 0 ? FsError.None : Libc.LastError;
        length = (int)Math.Max(result, 0);
        return error;
    }
}
