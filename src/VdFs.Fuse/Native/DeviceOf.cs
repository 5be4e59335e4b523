using System.Text;

namespace VdFs.Fuse.Native;

/// <summary>Which filesystem a file of another process is on, without asking that filesystem: it may be a mount that hangs.</summary>
internal static unsafe class DeviceOf
{
    private const int DoNotSync = 0x4000;

    /// <summary>
    /// Whether what a magic link of /proc leads to (`/proc/PID/fd/N`, `cwd`, `root`) is on a device. statx(2) that asks for no attribute is answered by the kernel
    /// alone, by FUSE also to users whom the mount doesn't let in (fuse_update_get_attr() in fs/fuse/dir.c).
    /// </summary>
    public static bool Is(string link, int major, int minor)
    {
        byte[] path = Encoding.UTF8.GetBytes(link + '\0');
        StatxBuffer stat;
        fixed (byte* start = path)
        {
            return Libc.statx(Libc.AT_FDCWD, start, Libc.AT_NO_AUTOMOUNT | DoNotSync, 0, &stat) == 0
                && stat.DeviceMajor == major && stat.DeviceMinor == minor;
        }
    }
}
