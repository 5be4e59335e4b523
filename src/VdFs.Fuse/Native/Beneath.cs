using VdFs.Core.Errors;

namespace VdFs.Fuse.Native;

/// <summary>
/// Opens files below a directory and never outside of it: no symbolic link is followed, no filesystem mounted below is entered
/// (<see cref="FsError.CrossDevice"/>), whatever others rename meanwhile. openat2(2) promises that; where it is missing
/// (before Linux 5.6, or filtered out), one component after the other is opened with O_NOFOLLOW.
/// </summary>
internal static unsafe class Beneath
{
    private const int Resolve = Libc.RESOLVE_BENEATH | Libc.RESOLVE_NO_SYMLINKS | Libc.RESOLVE_NO_MAGICLINKS | Libc.RESOLVE_NO_XDEV;

    /// <param name="directory">Where the path begins; may be O_PATH.</param>
    /// <param name="path">Components separated by `/` as <see cref="FileName.IsPath"/> has it, or empty for the directory itself.</param>
    /// <param name="flags">As of openat(2); O_CLOEXEC, O_NOFOLLOW and O_NOCTTY are added.</param>
    /// <param name="mode">Permission bits of a file that is created.</param>
    /// <param name="descriptor">The caller's to close; -1 on errors.</param>
    public static FsError Open(int directory, ReadOnlySpan<byte> path, int flags, uint mode, out int descriptor)
    {
        if (path.IsEmpty)
            path = "."u8;
        if (path.Length < FileName.PathBufferSize)
        {
            byte* terminated = stackalloc byte[path.Length + 1];
            FileName.Copy(path, terminated);
            FsError error = OpenAt2(directory, terminated, flags, mode, out descriptor);
            if (error != FsError.NotImplemented)
                return error;
        }
        return OpenByComponents(directory, path, flags, mode, out descriptor);
    }

    /// <summary>Without openat2(2), and for paths that are longer than a system call takes.</summary>
    public static FsError OpenByComponents(int directory, ReadOnlySpan<byte> path, int flags, uint mode, out int descriptor)
    {
        int parent = directory;
        while (true)
        {
            int slash = path.IndexOf((byte)'/');
            bool last = slash < 0;
            FsError error = OpenComponent(parent, last ? path : path[..slash], last ? flags : Libc.O_PATH | Libc.O_DIRECTORY, mode, out descriptor);
            if (parent != directory)
                _ = Libc.close(parent);
            if (error != FsError.None || last)
                return error;
            parent = descriptor;
            path = path[(slash + 1)..];
        }
    }

    private static FsError OpenAt2(int directory, byte* path, int flags, uint mode, out int descriptor)
    {
        OpenHow how = new()
        {
            Flags = (uint)(flags | AddedFlags(flags)),
            Mode = Creates(flags) ? mode : 0,
            Resolve = Resolve,
        };
        while (true)
        {
            descriptor = Libc.openat2(directory, path, &how);
            if (descriptor >= 0)
                return FsError.None;
            FsError error = Libc.LastError;
            if (error is not (FsError.Interrupted or FsError.TryAgain))
                return error;
        }
    }

    private static FsError OpenComponent(int parent, ReadOnlySpan<byte> name, int flags, uint mode, out int descriptor)
    {
        descriptor = -1;
        if (name.Length >= FileName.BufferSize)
            return FsError.NameTooLong;
        byte* terminated = stackalloc byte[FileName.BufferSize];
        FileName.Copy(name, terminated);
        FsError error;
        do
        {
            descriptor = Libc.openat(parent, terminated, flags | AddedFlags(flags), mode);
            error = descriptor >= 0 ? FsError.None : Libc.LastError;
        }
        while (error == FsError.Interrupted);
        // Without O_PATH the kernel has said ELOOP to a symbolic link; with it a link is opened itself, and goes no further.
        if (error != FsError.None || !LeftMount(parent, descriptor))
            return error;
        _ = Libc.close(descriptor);
        descriptor = -1;
        return FsError.CrossDevice;
    }

    /// <summary>By the mount's root where the kernel tells (Linux 5.8, or <paramref name="parent"/> would have been one too), else by the device.</summary>
    private static bool LeftMount(int parent, int child)
    {
        byte empty = 0;
        StatxBuffer above, below;
        if (Libc.statx(parent, &empty, Libc.AT_EMPTY_PATH, Libc.STATX_ALL, &above) < 0
            || Libc.statx(child, &empty, Libc.AT_EMPTY_PATH, Libc.STATX_ALL, &below) < 0)
        {
            return true;
        }
        if (above.Key == below.Key)
            return false;
        return (below.AttributesMask & Libc.STATX_ATTR_MOUNT_ROOT) != 0
            ? below.IsMountRoot
            : above.DeviceMajor != below.DeviceMajor || above.DeviceMinor != below.DeviceMinor;
    }

    /// <summary>O_NOCTTY isn't among the few flags that openat2(2) allows beside O_PATH.</summary>
    private static int AddedFlags(int flags) =>
        Libc.O_CLOEXEC | Libc.O_NOFOLLOW | ((flags & Libc.O_PATH) != 0 ? 0 : Libc.O_NOCTTY);

    private static bool Creates(int flags) => (flags & (Libc.O_CREAT | (Libc.O_TMPFILE & ~Libc.O_DIRECTORY))) != 0;
}
