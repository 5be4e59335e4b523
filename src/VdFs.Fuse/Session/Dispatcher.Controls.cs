using VdFs.Core.Errors;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Session;

internal sealed partial class Dispatcher
{
    /// <summary>ioctl(2): flags of files, which the kernel checked the right to change; nothing else is known.</summary>
    private unsafe FsError Control(ref RequestReader request)
    {
        if (!request.TryRead(out FuseIoctlIn control) || !request.TryReadBytes(control.InSize, out ReadOnlySpan<byte> argument))
            return Malformed();
        (FlagsForm form, bool sets)? known = control.Cmd switch
        {
            (uint)Libc.FS_IOC_GETFLAGS => (FlagsForm.Flags, false),
            (uint)Libc.FS_IOC_SETFLAGS => (FlagsForm.Flags, true),
            (uint)Libc.FS_IOC_FSGETXATTR => (FlagsForm.Extended, false),
            (uint)Libc.FS_IOC_FSSETXATTR => (FlagsForm.Extended, true),
            _ => null,
        };
        if (known is not var (form, sets))
            return Special(FuseErrno.ENOTTY);
        int length = form == FlagsForm.Flags ? sizeof(uint) : sizeof(ExtendedFlags);
        if (sets)
        {
            if (argument.Length < length)
                return Malformed();
            FsError error = tree.SetFlags(context, Node(request), form, argument[..length]);
            if (error == FsError.None)
                reply.Append(default(FuseIoctlOut));
            return error;
        }
        if (control.OutSize < length)
            return Malformed();
        Span<byte> value = stackalloc byte[sizeof(ExtendedFlags)];
        value.Clear();
        FsError read = tree.GetFlags(context, Node(request), form, value[..length]);
        if (read == FsError.None)
        {
            reply.Append(default(FuseIoctlOut));
            // The kernel takes no more than it asked for, and what the flags take may be less (a long, for 4 bytes of flags).
            foreach (byte one in value[..length])
                reply.Append(one);
        }
        return read;
    }
}
