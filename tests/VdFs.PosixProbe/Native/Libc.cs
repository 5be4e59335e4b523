using System.Runtime.InteropServices;

namespace VdFs.PosixProbe.Native;

/// <summary>The C library's calls as they are: -1 and errno on failure. Names are bytes with a final NUL.</summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    [LibraryImport(Library, SetLastError = true)]
    public static partial int open(byte[] path, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int name_to_handle_at(int directory, byte[] path, byte[] handle, out int mount, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int close(int fd);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint pread(int fd, byte[] buffer, nint count, long offset);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint pwrite(int fd, byte[] buffer, nint count, long offset);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static partial nint PreadAt(int fd, nint buffer, nint count, long offset);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint PwriteAt(int fd, nint buffer, nint count, long offset);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint read(int fd, byte[] buffer, nint count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint write(int fd, byte[] buffer, nint count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial long lseek(int fd, long offset, int whence);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ftruncate(int fd, long length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int truncate(byte[] path, long length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fallocate(int fd, int mode, long offset, long length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fsync(int fd);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fdatasync(int fd);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int syncfs(int fd);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int statx(int directory, byte[] path, int flags, uint mask, out StatxBuffer buffer);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int statfs(byte[] path, out StatfsBuffer buffer);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int mkdir(byte[] path, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int mknod(byte[] path, uint mode, ulong device);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int rmdir(byte[] path);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int unlink(byte[] path);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int linkat(int fromDirectory, byte[] from, int toDirectory, byte[] to, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int symlink(byte[] target, byte[] path);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint readlink(byte[] path, byte[] buffer, nint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int renameat2(int fromDirectory, byte[] from, int toDirectory, byte[] to, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int chmod(byte[] path, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fchmod(int fd, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int lchown(byte[] path, uint owner, uint group);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int faccessat(int directory, byte[] path, int mode, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int utimensat(int directory, byte[] path, long[]? times, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int futimens(int fd, long[]? times);

    [LibraryImport(Library)]
    public static partial uint umask(uint mask);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int seteuid(uint user);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int setegid(uint group);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int setgroups(nint count, uint[] groups);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int lsetxattr(byte[] path, byte[] name, byte[] value, nint size, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint lgetxattr(byte[] path, byte[] name, byte[] value, nint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint llistxattr(byte[] path, byte[] names, nint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int lremovexattr(byte[] path, byte[] name);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint copy_file_range(int from, long* fromOffset, int to, long* toOffset, nint length, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint sendfile(int to, int from, long* offset, nint count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int flock(int fd, int operation);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fcntl(int fd, int command, ref FlockBuffer argument);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint mmap(nint address, nint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int munmap(nint address, nint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int msync(nint address, nint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint getdents64(int fd, byte[] buffer, nint size);

    [LibraryImport(Library)]
    public static partial nint strerrorname_np(int error);
}
