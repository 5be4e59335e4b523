using System.Text;
using Microsoft.Win32.SafeHandles;
using VdFs.Backup.Native;
using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Backup.Restoring;

/// <summary>Block devices as targets.</summary>
internal static unsafe class BlockDevice
{
    public static bool IsOne(string path)
    {
        fixed (byte* name = NativeFolder.Terminated(ByteText.Encode(path)))
        {
            StatxBuffer stat;
            return Libc.statx(Libc.AT_FDCWD, name, 0, Libc.STATX_ALL, &stat) == 0 && (stat.Mode & FileAttributes.TypeMask) == FileAttributes.TypeBlockDevice;
        }
    }

    /// <summary>Opens a device for writing that nobody else uses and that is large enough.</summary>
    /// <param name="needed">Bytes.</param>
    public static SafeFileHandle Open(string path, long needed)
    {
        fixed (byte* name = NativeFolder.Terminated(ByteText.Encode(path)))
        {
            // O_EXCL without O_CREAT: the kernel refuses one that is mounted or has another exclusive user.
            int descriptor = Libc.openat(Libc.AT_FDCWD, name, Libc.O_RDWR | Libc.O_EXCL | Libc.O_CLOEXEC, 0);
            if (descriptor < 0)
            {
                FsError error = Libc.LastError;
                throw new BackupException(error, error == FsError.Busy
                    ? $"The block device {path} is in use: mounted, or part of another device; nothing was written."
                    : $"The block device {path} can't be opened for writing: {ErrorWords.Of(error)}.");
            }
            var file = new SafeFileHandle(descriptor, ownsHandle: true);
            long size = Libc.lseek(descriptor, 0, Libc.SEEK_END);
            if (size >= needed)
                return file;
            file.Dispose();
            throw new BackupException(FsError.NoSpace, $"The block device {path} has {size} bytes, and the image has {needed}; nothing was written.");
        }
    }
}
