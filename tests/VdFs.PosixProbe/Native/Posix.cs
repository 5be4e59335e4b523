using System.Runtime.InteropServices;
using System.Text;

namespace VdFs.PosixProbe.Native;

/// <summary>
/// System calls as one number: the result, or the negative errno. Names are strings in which each char is one byte
/// (Latin-1), so that names which aren't UTF-8 can be written down.
/// </summary>
internal static unsafe class Posix
{
    public static string ErrorName(long result) =>
        Marshal.PtrToStringAnsi(Libc.strerrorname_np((int)-result)) ?? $"E{-result}";

    public static long Open(string path, int flags, uint mode = 0b110_100_100) => Result(Libc.open(Bytes(path), flags, mode));

    public static long Close(long fd) => Result(Libc.close((int)fd));

    public static long Read(long fd, byte[] buffer) => Result(Libc.read((int)fd, buffer, buffer.Length));

    public static long Write(long fd, byte[] data) => Result(Libc.write((int)fd, data, data.Length));

    public static long ReadAt(long fd, byte[] buffer, long offset) => Result(Libc.pread((int)fd, buffer, buffer.Length, offset));

    public static long WriteAt(long fd, byte[] data, long offset) => Result(Libc.pwrite((int)fd, data, data.Length, offset));

    public static long Seek(long fd, long offset, int whence) => Result(Libc.lseek((int)fd, offset, whence));

    public static long Resize(long fd, long length) => Result(Libc.ftruncate((int)fd, length));

    public static long Resize(string path, long length) => Result(Libc.truncate(Bytes(path), length));

    public static long Allocate(long fd, int mode, long offset, long length) => Result(Libc.fallocate((int)fd, mode, offset, length));

    public static long Sync(long fd) => Result(Libc.fsync((int)fd));

    public static long SyncData(long fd) => Result(Libc.fdatasync((int)fd));

    public static long SyncAll(long fd) => Result(Libc.syncfs((int)fd));

    public static long Stat(string path, out StatxBuffer buffer, bool follow = false) =>
        Result(Libc.statx(Flags.Here, Bytes(path), follow ? 0 : Flags.SymlinkNoFollow, 0xfff, out buffer));

    public static long Stat(long fd, out StatxBuffer buffer) =>
        Result(Libc.statx((int)fd, Bytes(""), Flags.EmptyPath, 0xfff, out buffer));

    /// <summary>The mode, asked for alone: a kernel that remembers it may answer from memory.</summary>
    public static long ModeOf(string path) =>
        Result(Libc.statx(Flags.Here, Bytes(path), Flags.SymlinkNoFollow, 2, out StatxBuffer buffer)) is var result and < 0 ? result : buffer.Mode & 0xfff;

    /// <summary>Asks for a file's handle; only whether there is one is of interest.</summary>
    public static long Handle(string path)
    {
        byte[] handle = new byte[136];
        handle[0] = 128;
        return Result(Libc.name_to_handle_at(Flags.Here, Bytes(path), handle, out _, 0));
    }

    public static long StatFileSystem(string path, out StatfsBuffer buffer) => Result(Libc.statfs(Bytes(path), out buffer));

    public static long MakeDirectory(string path, uint mode = 0b111_101_101) => Result(Libc.mkdir(Bytes(path), mode));

    public static long MakeNode(string path, uint mode, ulong device = 0) => Result(Libc.mknod(Bytes(path), mode, device));

    public static long RemoveDirectory(string path) => Result(Libc.rmdir(Bytes(path)));

    public static long Unlink(string path) => Result(Libc.unlink(Bytes(path)));

    public static long Link(string from, string to, int flags = 0) =>
        Result(Libc.linkat(Flags.Here, Bytes(from), Flags.Here, Bytes(to), flags));

    public static long Symlink(string target, string path) => Result(Libc.symlink(Bytes(target), Bytes(path)));

    public static long ReadLink(string path, byte[] buffer) => Result(Libc.readlink(Bytes(path), buffer, buffer.Length));

    public static long Rename(string from, string to, uint flags = 0) =>
        Result(Libc.renameat2(Flags.Here, Bytes(from), Flags.Here, Bytes(to), flags));

    public static long ChangeMode(string path, uint mode) => Result(Libc.chmod(Bytes(path), mode));

    public static long ChangeMode(long fd, uint mode) => Result(Libc.fchmod((int)fd, mode));

    /// <summary>Does not follow a symlink; -1 keeps a part.</summary>
    public static long ChangeOwner(string path, long owner, long group) =>
        Result(Libc.lchown(Bytes(path), unchecked((uint)owner), unchecked((uint)group)));

    public static long Access(string path, int mode) => Result(Libc.faccessat(Flags.Here, Bytes(path), mode, Flags.EffectiveAccess));

    /// <summary>Access and modification time as seconds and nanoseconds; null: now.</summary>
    public static long SetTimes(string path, long[]? times) =>
        Result(Libc.utimensat(Flags.Here, Bytes(path), times, Flags.SymlinkNoFollow));

    public static long SetTimes(long fd, long[]? times) => Result(Libc.futimens((int)fd, times));

    public static long SetAttribute(string path, string name, byte[] value, int flags = 0) =>
        Result(Libc.lsetxattr(Bytes(path), Bytes(name), value, value.Length, flags));

    public static long GetAttribute(string path, string name, byte[] value) =>
        Result(Libc.lgetxattr(Bytes(path), Bytes(name), value, value.Length));

    public static long ListAttributes(string path, byte[] names) => Result(Libc.llistxattr(Bytes(path), names, names.Length));

    public static long RemoveAttribute(string path, string name) => Result(Libc.lremovexattr(Bytes(path), Bytes(name)));

    public static long CopyRange(long from, long fromOffset, long to, long toOffset, long length) =>
        Result(Libc.copy_file_range((int)from, &fromOffset, (int)to, &toOffset, (nint)length, 0));

    public static long SendFile(long to, long from, long offset, long length) =>
        Result(Libc.sendfile((int)to, (int)from, &offset, (nint)length));

    public static long Flock(long fd, int operation) => Result(Libc.flock((int)fd, operation));

    public static long Lock(long fd, int command, short type, long start, long length)
    {
        var request = new FlockBuffer { Type = type, Start = start, Length = length };
        long result = Result(Libc.fcntl((int)fd, command, ref request));
        bool asked = command is Flags.GetLock or Flags.GetOpenFileLock;
        return asked && result == 0 ? request.Type : result;
    }

    public static long Directory(long fd, byte[] buffer) => Result(Libc.getdents64((int)fd, buffer, buffer.Length));

    public static byte[] Bytes(string name)
    {
        byte[] bytes = new byte[name.Length + 1];
        Encoding.Latin1.GetBytes(name, bytes);
        return bytes;
    }

    public static long Result(long result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();
}
