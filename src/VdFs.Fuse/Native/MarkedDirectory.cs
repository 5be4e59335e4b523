using System.Text;
using VdFs.Core.Errors;

namespace VdFs.Fuse.Native;

/// <summary>An open directory whose owner, mode and extended attributes are read and changed, by its descriptor alone.</summary>
internal sealed unsafe class MarkedDirectory : IDisposable
{
    private const int LongestMark = 8192;
    private const uint PermissionBits = 0xFFF;

    private readonly int descriptor;

    private MarkedDirectory(int descriptor) => this.descriptor = descriptor;

    public ulong Inode { get; private set; }

    public uint Owner { get; private set; }

    public uint Group { get; private set; }

    /// <summary>Permission bits.</summary>
    public uint Mode { get; private set; }

    /// <summary>Null: there is no directory there, or it can't be opened. The last name is not followed if it is a symbolic link.</summary>
    public static MarkedDirectory? Open(string path)
    {
        int opened;
        fixed (byte* start = Encoding.UTF8.GetBytes(path + '\0'))
            opened = Libc.openat(Libc.AT_FDCWD, start, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0);
        if (opened < 0)
            return null;
        var directory = new MarkedDirectory(opened);
        if (directory.Look())
            return directory;
        directory.Dispose();
        return null;
    }

    /// <summary>Whether nothing is in it. False if that can't be told.</summary>
    public bool IsEmpty()
    {
        using var reader = new DirectoryReader();
        while (true)
        {
            if (reader.Peek(descriptor, out DirectoryEntry entry, out bool found) != FsError.None)
                return false;
            if (!found)
                return true;
            if (!entry.Name.SequenceEqual("."u8) && !entry.Name.SequenceEqual(".."u8))
                return false;
            reader.Advance(entry);
        }
    }

    /// <summary>Sets owner, group and then permission bits. False: at least one of them isn't so now.</summary>
    public bool Set(uint owner, uint group, uint mode)
    {
        byte empty = 0;
        if (Libc.fchownat(descriptor, &empty, owner, group, Libc.AT_EMPTY_PATH) != 0)
            return false;
        byte* path = stackalloc byte[ProcPath.BufferSize];
        ProcPath.OfDescriptor(descriptor, path);
        return Libc.fchmodat(Libc.AT_FDCWD, path, mode, 0) == 0 && Look();
    }

    /// <summary>An extended attribute's text; null: there is none, or it can't be read.</summary>
    public string? Read(string name)
    {
        byte[] value = new byte[LongestMark];
        byte* path = stackalloc byte[ProcPath.BufferSize];
        ProcPath.OfDescriptor(descriptor, path);
        fixed (byte* start = value, named = Encoding.UTF8.GetBytes(name + '\0'))
        {
            nint length = Libc.getxattr(path, named, start, value.Length);
            return length < 0 ? null : Encoding.UTF8.GetString(value, 0, (int)length);
        }
    }

    /// <summary>Sets one, on stable storage as far as the filesystem keeps it there. False: the filesystem has none, or this user may not.</summary>
    public bool Write(string name, string text)
    {
        byte* path = stackalloc byte[ProcPath.BufferSize];
        ProcPath.OfDescriptor(descriptor, path);
        byte[] value = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = value, named = Encoding.UTF8.GetBytes(name + '\0'))
        {
            if (Libc.setxattr(path, named, start, value.Length, 0) != 0)
                return false;
        }
        _ = Libc.fsync(descriptor);
        return true;
    }

    public void Remove(string name)
    {
        byte* path = stackalloc byte[ProcPath.BufferSize];
        ProcPath.OfDescriptor(descriptor, path);
        fixed (byte* named = Encoding.UTF8.GetBytes(name + '\0'))
            _ = Libc.removexattr(path, named);
    }

    public void Dispose() => _ = Libc.close(descriptor);

    private bool Look()
    {
        byte empty = 0;
        StatxBuffer stat;
        if (Libc.statx(descriptor, &empty, Libc.AT_EMPTY_PATH, Libc.STATX_ALL, &stat) != 0)
            return false;
        (Inode, Owner, Group, Mode) = (stat.Inode, stat.Uid, stat.Gid, stat.Mode & PermissionBits);
        return true;
    }
}
