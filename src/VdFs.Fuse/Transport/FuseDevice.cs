using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Transport;

/// <summary>Makes descriptors of `/dev/fuse`. The caller owns what it gets.</summary>
public static unsafe class FuseDevice
{
    public const string Path = "/dev/fuse";

    /// <summary>A descriptor without a connection, for mounting.</summary>
    /// <returns>Null on failure, with its errno.</returns>
    public static SafeFileHandle? Open(out int errno)
    {
        int descriptor;
        fixed (byte* path = "/dev/fuse\0"u8)
            descriptor = FuseLibc.open(path, FuseLibc.ReadWrite | FuseLibc.CloseOnExec, 0);
        errno = descriptor >= 0 ? 0 : Marshal.GetLastSystemError();
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
    }

    /// <summary>
    /// Another queue of the connection that <paramref name="mounted"/> belongs to. Requests that were read from a clone fail with
    /// ECONNABORTED when its last holder dies: who keeps the connection over a worker's death has to hold the clones too.
    /// </summary>
    /// <returns>Null on failure, with its errno.</returns>
    public static SafeFileHandle? Clone(SafeFileHandle mounted, out int errno)
    {
        SafeFileHandle? clone = Open(out errno);
        if (clone is null)
            return null;
        uint original = (uint)mounted.DangerousGetHandle();
        if (FuseLibc.ioctl((int)clone.DangerousGetHandle(), FuseLibc.DeviceClone, &original) == 0)
            return clone;
        errno = Marshal.GetLastSystemError();
        clone.Dispose();
        return null;
    }
}
