using System.Runtime.InteropServices;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>Flags of files (chattr(1)): read as the daemon, changed as the caller, within <see cref="FileFlagRules"/>.</content>
public sealed unsafe partial class LinuxBackingDirectory
{
    public FsError GetFlags(BackingRef node, FlagsForm form, Span<byte> value)
    {
        FsError error = OpenForFlags((int)node.Value, out int descriptor);
        if (error != FsError.None)
            return error;
        error = ReadFlags(descriptor, form, value);
        _ = Libc.close(descriptor);
        return error;
    }

    public FsError SetFlags(Caller caller, BackingRef node, FlagsForm form, ReadOnlySpan<byte> value)
    {
        FsError error = OpenForFlags((int)node.Value, out int descriptor);
        if (error != FsError.None)
            return error;
        Span<byte> former = stackalloc byte[sizeof(ExtendedFlags)];
        former = former[..value.Length];
        error = ReadFlags(descriptor, form, former);
        if (error == FsError.None && !MayChange(form, former, value))
            error = FsError.NotSupported;
        if (error == FsError.None)
        {
            using CallerScope scope = CallerScope.Enter(caller, out error);
            if (error == FsError.None)
            {
                fixed (byte* start = value)
                    error = Control(descriptor, form == FlagsForm.Flags ? Libc.FS_IOC_SETFLAGS : Libc.FS_IOC_FSSETXATTR, start);
            }
        }
        _ = Libc.close(descriptor);
        return error;
    }

    private static FsError ReadFlags(int descriptor, FlagsForm form, Span<byte> value)
    {
        fixed (byte* start = value)
            return Control(descriptor, form == FlagsForm.Flags ? Libc.FS_IOC_GETFLAGS : Libc.FS_IOC_FSGETXATTR, start);
    }

    private static bool MayChange(FlagsForm form, ReadOnlySpan<byte> former, ReadOnlySpan<byte> value)
    {
        uint changed = MemoryMarshal.Read<uint>(former) ^ MemoryMarshal.Read<uint>(value);
        return (changed & ~(form == FlagsForm.Flags ? FileFlagRules.Changeable : FileFlagRules.ChangeableExtended)) == 0;
    }

    /// <summary>Not of devices, pipes and the like, whose opening has effects; a symbolic link has no flags.</summary>
    private FsError OpenForFlags(int node, out int descriptor)
    {
        descriptor = -1;
        FsError error = Stat(node, out StatxBuffer stat);
        if (error != FsError.None)
            return error;
        bool has = (stat.Mode & FileAttributes.TypeMask) is FileAttributes.TypeRegular or FileAttributes.TypeDirectory;
        return has ? Reopen(node, Libc.O_RDONLY, out descriptor) : FsError.NotSupported;
    }

    /// <summary>ENOTTY, a filesystem without such flags, is "not supported".</summary>
    private static FsError Control(int descriptor, nuint request, void* argument)
    {
        if (Libc.ioctl(descriptor, request, argument) >= 0)
            return FsError.None;
        return Marshal.GetLastPInvokeError() == FuseErrno.ENOTTY ? FsError.NotSupported : Libc.LastError;
    }
}
