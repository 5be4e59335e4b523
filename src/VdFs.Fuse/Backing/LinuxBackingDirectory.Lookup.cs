using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>From names to references.</content>
public sealed unsafe partial class LinuxBackingDirectory
{
    public FsError Lookup(BackingRef parent, ReadOnlySpan<byte> name, out BackingRef node, out FileAttributes attributes)
    {
        node = BackingRef.None;
        attributes = default;
        if (name.Length >= FileName.BufferSize)
            return FsError.NameTooLong;
        if (!FileName.IsComponent(name))
            return FsError.InvalidArgument;
        if (IsHiddenName(parent, name))
            return FsError.NotFound;
        FsError error = OpenBeneath((int)parent.Value, name, Libc.O_PATH, 0, out int descriptor);
        return error == FsError.None ? Refer(descriptor, out node, out attributes) : error;
    }

    public FsError ReadLink(BackingRef node, Span<byte> target, out int length)
    {
        byte empty = 0;
        nint count;
        fixed (byte* start = target)
            count = Libc.readlinkat((int)node.Value, &empty, start, target.Length);
        length = (int)Math.Max(count, 0);
        if (count >= 0)
            return FsError.None;
        FsError error = Libc.LastError;
        // What readlinkat(2) says of an O_PATH descriptor that is no symbolic link.
        return error == FsError.NotFound ? FsError.InvalidArgument : error;
    }

    /// <summary>Makes a reference of an O_PATH descriptor, or closes it.</summary>
    private FsError Refer(int descriptor, out BackingRef node, out FileAttributes attributes)
    {
        node = BackingRef.None;
        FsError error = Stat(descriptor, out StatxBuffer stat);
        stat.CopyTo(out attributes);
        if (error == FsError.None && IsHidden(stat.Key))
            error = FsError.NotFound;
        if (error == FsError.None)
            node = new BackingRef(descriptor);
        else
            _ = Libc.close(descriptor);
        return error;
    }

    /// <summary>Opens what a descriptor is once more, with other flags: by the one file's number in /proc/self/fd, so that no name matters.</summary>
    private FsError Reopen(int file, int flags, out int descriptor)
    {
        byte* number = stackalloc byte[ProcPath.BufferSize];
        ProcPath.Number(file, number);
        int tries = 0;
        while (true)
        {
            descriptor = Libc.openat(descriptors, number, flags | Libc.O_CLOEXEC, 0);
            if (descriptor >= 0)
                return FsError.None;
            FsError error = Libc.LastError;
            if (error != FsError.Interrupted && !pool.TryAgain(error, ref tries))
                return error;
        }
    }

    /// <summary><see cref="Beneath.Open"/>, tried again when descriptors are short: before there is one the kernel opens and makes nothing.</summary>
    private FsError OpenBeneath(int directory, ReadOnlySpan<byte> path, int flags, uint mode, out int descriptor)
    {
        int tries = 0;
        FsError error;
        do
            error = Beneath.Open(directory, path, flags, mode, out descriptor);
        while (error != FsError.None && pool.TryAgain(error, ref tries));
        return error;
    }
}
