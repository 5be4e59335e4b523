using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using VdFs.Fuse.Native;
using VdFs.Fuse.Transport;

namespace VdFs.Fuse.Mounting;

/// <summary>
/// Mounts and unmounts: directly with the permission to, through fusermount3 otherwise. <c>default_permissions</c> is always on.
/// </summary>
public static unsafe class KernelMount
{
    public const string Type = "fuse.vdfs";

    /// <summary>Mounts. Requests can be read from the result as soon as this returns, and somebody has to, or the mount hangs its users.</summary>
    /// <returns>The connection's first descriptor, owned by the caller. The connection lives while it or a clone is open.</returns>
    /// <exception cref="MountException"/>
    public static SafeFileHandle Mount(MountOptions options)
    {
        CheckMountPoint(options.MountPoint);
        return FuseLibc.geteuid() == 0 ? MountDirectly(options) : FuserMount.Mount(options);
    }

    /// <summary>Unmounts.</summary>
    /// <param name="mountPoint">Absolute.</param>
    /// <param name="lazily">Even if it is in use: it vanishes now, and ends when its last user is gone.</param>
    /// <exception cref="MountException"/>
    public static void Unmount(string mountPoint, bool lazily)
    {
        if (FuseLibc.geteuid() != 0)
        {
            FuserMount.Unmount(mountPoint, lazily);
            return;
        }
        int result;
        fixed (byte* path = Bytes(mountPoint))
            result = MountLibc.umount2(path, MountLibc.NoFollow | (lazily ? MountLibc.Detach : 0));
        if (result == 0)
            return;
        int errno = Marshal.GetLastSystemError();
        throw errno switch
        {
            Errno.EBUSY => new MountException(
                MountFailure.MountPointBusy, $"{mountPoint} is in use: end what uses it (fuser -vm {mountPoint} lists it), or unmount it lazily."),
            Errno.EINVAL or Errno.ENOENT => new MountException(MountFailure.NotMounted, $"Nothing is mounted at {mountPoint}."),
            _ => new MountException(MountFailure.Other, $"{mountPoint} could not be unmounted: {Words(errno)}."),
        };
    }

    internal static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text + '\0');

    internal static string Words(int errno) => $"{Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})";

    private static void CheckMountPoint(string path)
    {
        if (Directory.Exists(path))
            return;
        throw System.IO.Path.Exists(path)
            ? new MountException(MountFailure.MountPointNotDirectory, $"The mount point {path} is not a directory: name one.")
            : new MountException(MountFailure.MountPointMissing, $"The mount point {path} doesn't exist: create it as an empty directory.");
    }

    private static SafeFileHandle MountDirectly(MountOptions options)
    {
        SafeFileHandle device = FuseDevice.Open(out int errno) ?? throw NoDevice(errno);
        string data = $"fd={device.DangerousGetHandle()},rootmode=40000,user_id=0,group_id=0,default_permissions{(options.AllowOther ? ",allow_other" : "")}";
        nuint flags = MountLibc.NoSetUserId | MountLibc.NoDevices | (options.ReadOnly ? MountLibc.ReadOnly : 0) | KernelFlags(options.Flags);
        int result;
        fixed (byte* source = Bytes(options.Source), target = Bytes(options.MountPoint), type = Bytes(Type), optionText = Bytes(data))
            result = MountLibc.mount(source, target, type, flags, optionText);
        if (result == 0)
            return device;
        errno = Marshal.GetLastSystemError();
        device.Dispose();
        throw errno switch
        {
            Errno.EBUSY => new MountException(MountFailure.MountPointBusy, $"The mount point {options.MountPoint} is busy: unmount what is there, or choose another."),
            Errno.EPERM => new MountException(MountFailure.NotPermitted, $"Mounting at {options.MountPoint} is not permitted here: in a container, give it CAP_SYS_ADMIN."),
            Errno.ENODEV => new MountException(MountFailure.NoDevice, "The kernel has no FUSE: load it with `modprobe fuse`."),
            _ => new MountException(MountFailure.Other, $"Mounting at {options.MountPoint} failed: {Words(errno)}."),
        };
    }

    private static nuint KernelFlags(MountFlags flags) =>
        (flags.HasFlag(MountFlags.NoExecution) ? MountLibc.NoExecution : 0)
        | (flags.HasFlag(MountFlags.NoAccessTime) ? MountLibc.NoAccessTime : 0)
        | (flags.HasFlag(MountFlags.NoFolderAccessTime) ? MountLibc.NoFolderAccessTime : 0);

    private static MountException NoDevice(int errno) => new(
        MountFailure.NoDevice,
        errno == Errno.EACCES || errno == Errno.EPERM
            ? $"{FuseDevice.Path} can't be opened: {Words(errno)}; in a container, pass the device in."
            : $"There is no {FuseDevice.Path} ({Words(errno)}): load it with `modprobe fuse`, or pass the device into the container.");
}
