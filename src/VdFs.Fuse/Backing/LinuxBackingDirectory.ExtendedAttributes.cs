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
            return Length(Libc.getxattr(path, terminated, start, value.Length), out length);
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
            return Libc.Check(Libc.setxattr(path, terminated, start, value.Length, (int)mode));
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
        return error == FsError.None ? Libc.Check(Libc.removexattr(path, terminated)) : error;
    }

    private static FsError Length(nint result, out int length)
    {
        FsError error = result >= 0 ? FsError.None : Libc.LastError;
        length = (int)Math.Max(result, 0);
        return error;
    }
}
