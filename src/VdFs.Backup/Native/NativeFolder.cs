using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using VdFs.Backup.Paths;
using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Backup.Native;

/// <summary>
/// An open folder, and what lies below it, by paths that never lead outside of it, whatever others put there or rename meanwhile: no symbolic link is followed
/// (<see cref="FsError.SymlinkLoop"/>). openat2(2) promises that, so Linux 5.6 is needed. Safe from any thread.
/// </summary>
internal sealed unsafe class NativeFolder : IDisposable
{
    private const int Resolve = Libc.RESOLVE_BENEATH | Libc.RESOLVE_NO_SYMLINKS | Libc.RESOLVE_NO_MAGICLINKS;
    private const int ReadSize = 32 << 10;

    private readonly SafeFileHandle handle;

    private NativeFolder(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Opens a folder where the user says, through symbolic links.</summary>
    public static FsError Open(string path, out NativeFolder? folder)
    {
        fixed (byte* name = Terminated(ByteText.Encode(path)))
        {
            int descriptor = Libc.openat(Libc.AT_FDCWD, name, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
            FsError error = Libc.Check(descriptor);
            folder = error == FsError.None ? new(new SafeFileHandle(descriptor, ownsHandle: true)) : null;
            return error;
        }
    }

    /// <summary>Whether a path as typed leads to a folder.</summary>
    public static bool IsFolder(string path)
    {
        FsError error = Open(path, out var folder);
        folder?.Dispose();
        return error is FsError.None or FsError.AccessDenied;
    }

    public FsError OpenFolder(RelativePath path, out NativeFolder? folder)
    {
        FsError error = OpenFile(path, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out var opened);
        folder = opened is null ? null : new(opened);
        return error;
    }

    /// <param name="flags">As of openat(2); O_CLOEXEC, O_NOFOLLOW and O_NOCTTY are added.</param>
    public FsError OpenFile(RelativePath path, int flags, uint mode, out SafeFileHandle? file)
    {
        var how = new OpenHow
        {
            Flags = (uint)(flags | Libc.O_CLOEXEC | Libc.O_NOFOLLOW | ((flags & Libc.O_PATH) != 0 ? 0 : Libc.O_NOCTTY)),
            Mode = (flags & Libc.O_CREAT) != 0 ? mode : 0,
            Resolve = Resolve,
        };
        file = null;
        using var held = new HeldHandle(handle);
        fixed (byte* name = Terminated(path.IsRoot ? "."u8 : path.Bytes))
        {
            while (true)
            {
                int descriptor = Libc.openat2(held.Descriptor, name, &how);
                if (descriptor >= 0)
                {
                    file = new(descriptor, ownsHandle: true);
                    return FsError.None;
                }
                // EAGAIN: a rename came in between, and the kernel can't promise anything.
                FsError error = Libc.LastError;
                if (error is not (FsError.Interrupted or FsError.TryAgain))
                    return error;
            }
        }
    }

    /// <summary>Attributes of what is there; of a symbolic link its own.</summary>
    public FsError Stat(RelativePath path, out FileAttributes attributes)
    {
        attributes = default;
        FsError error = OpenFile(path, Libc.O_PATH, 0, out var file);
        if (file is null)
            return error;
        using (file)
            return Stat(file, out attributes);
    }

    /// <summary>Attributes of what a symbolic link in the folder leads to, wherever that is.</summary>
    public FsError StatTarget(RelativePath path, out FileAttributes attributes)
    {
        StatxBuffer stat = default;
        FsError error = At(path, (folder, name) =>
        {
            StatxBuffer found;
            int result = Libc.statx(folder, name, Libc.AT_STATX_DONT_SYNC, Libc.STATX_ALL, &found);
            stat = found;
            return result;
        });
        attributes = error == FsError.None ? stat.ToAttributes() : default;
        return error;
    }

    public static FsError Stat(SafeFileHandle file, out FileAttributes attributes)
    {
        StatxBuffer stat;
        byte empty = 0;
        using var held = new HeldHandle(file);
        FsError error = Libc.Check(Libc.statx(held.Descriptor, &empty, Libc.AT_EMPTY_PATH, Libc.STATX_ALL, &stat));
        attributes = error == FsError.None ? stat.ToAttributes() : default;
        return error;
    }

    /// <summary>All names of a folder but `.` and `..`, in the order of their bytes.</summary>
    public FsError List(RelativePath path, out List<FolderEntry> entries)
    {
        entries = [];
        FsError error = OpenFile(path, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out var folder);
        if (folder is null)
            return error;
        using (folder)
        using (var held = new HeldHandle(folder))
        {
            byte[] buffer = new byte[ReadSize];
            while (true)
            {
                nint count;
                fixed (byte* start = buffer)
                    count = Libc.getdents64(held.Descriptor, start, ReadSize);
                if (count < 0)
                {
                    error = Libc.LastError;
                    if (error == FsError.Interrupted)
                        continue;
                    return error;
                }
                if (count == 0)
                    break;
                AddEntries(buffer.AsSpan(0, (int)count), entries);
            }
        }
        entries.Sort((a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        return FsError.None;
    }

    public FsError ReadLink(RelativePath path, out byte[] target)
    {
        target = [];
        FsError error = OpenFile(path, Libc.O_PATH, 0, out var file);
        if (file is null)
            return error;
        using (file)
        using (var held = new HeldHandle(file))
        {
            byte[] buffer = new byte[RelativePath.MaximumLength + 1];
            byte empty = 0;
            nint length;
            fixed (byte* start = buffer)
                length = Libc.readlinkat(held.Descriptor, &empty, start, buffer.Length);
            if (length < 0)
                return Libc.LastError;
            target = buffer[..(int)length];
            return FsError.None;
        }
    }

    /// <summary>Makes a folder and those above it; fine if it exists.</summary>
    public FsError MakeFolder(RelativePath path, uint mode)
    {
        if (path.IsRoot)
            return FsError.None;
        FsError error = At(path, (folder, name) => Libc.mkdirat(folder, name, mode));
        if (error == FsError.NotFound)
        {
            error = MakeFolder(path.Parent, mode);
            if (error == FsError.None)
                error = At(path, (folder, name) => Libc.mkdirat(folder, name, mode));
        }
        if (error != FsError.AlreadyExists)
            return error;
        error = Stat(path, out var attributes);
        return error != FsError.None || attributes.IsDirectory ? error : attributes.IsSymlink ? FsError.SymlinkLoop : FsError.NotDirectory;
    }

    public FsError MakeSymlink(RelativePath path, ReadOnlySpan<byte> target)
    {
        byte[] text = Terminated(target);
        return At(path, (folder, name) =>
        {
            fixed (byte* start = text)
                return Libc.symlinkat(start, folder, name);
        });
    }

    public FsError Delete(RelativePath path) => At(path, (folder, name) => Libc.unlinkat(folder, name, 0));

    public FsError DeleteFolder(RelativePath path) => At(path, (folder, name) => Libc.unlinkat(folder, name, Libc.AT_REMOVEDIR));

    /// <summary>Atomic replacement: afterwards <paramref name="to"/> is what <paramref name="from"/> was.</summary>
    public FsError Rename(RelativePath from, RelativePath to)
    {
        FsError inner = FsError.None;
        FsError error = At(from, (folder, name) =>
        {
            inner = At(to, (newFolder, newName) => Libc.renameat(folder, name, newFolder, newName));
            return 0;
        });
        return error != FsError.None ? error : inner;
    }

    /// <summary>Brings creations, deletions and renames in a folder to stable storage.</summary>
    public FsError SyncFolder(RelativePath path)
    {
        FsError error = OpenFile(path, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out var folder);
        if (folder is null)
            return error;
        using (folder)
            return Sync(folder);
    }

    public static FsError Sync(SafeFileHandle file)
    {
        using var held = new HeldHandle(file);
        FsError error;
        do
            error = Libc.Check(Libc.fsync(held.Descriptor));
        while (error == FsError.Interrupted);
        return error;
    }

    /// <summary>Sets the modification time of what is there; a symbolic link's own.</summary>
    public FsError SetModifyTime(RelativePath path, TimeSpec time) => At(path, (folder, name) =>
    {
        long* times = stackalloc long[] { 0, Libc.UTIME_OMIT, time.Seconds, time.Nanoseconds };
        return Libc.utimensat(folder, name, times, Libc.AT_SYMLINK_NOFOLLOW);
    });

    /// <summary>Sets the owner of what is there; a symbolic link's own.</summary>
    public FsError SetOwner(RelativePath path, uint user, uint group) =>
        At(path, (folder, name) => Libc.fchownat(folder, name, user, group, Libc.AT_SYMLINK_NOFOLLOW));

    /// <summary>Sets the owner of an open file or folder; -1 leaves that of both as it is.</summary>
    public static FsError SetOwner(SafeFileHandle file, uint user, uint group)
    {
        using var held = new HeldHandle(file);
        return Libc.Check(Libc.fchown(held.Descriptor, user, group));
    }

    /// <summary>Sets the permission bits of an open file or folder.</summary>
    public static FsError SetMode(SafeFileHandle file, uint mode)
    {
        using var held = new HeldHandle(file);
        return Libc.Check(Libc.fchmod(held.Descriptor, mode & 0xFFF));
    }

    public void Dispose() => handle.Dispose();

    /// <summary>NUL at the end.</summary>
    internal static byte[] Terminated(ReadOnlySpan<byte> text) => [.. text, 0];

    private static void AddEntries(ReadOnlySpan<byte> buffer, List<FolderEntry> entries)
    {
        // struct linux_dirent64: 8 bytes inode, 8 cookie, 2 length, 1 type, then the name.
        while (!buffer.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(buffer[16..]);
            var name = buffer[19..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                entries.Add(new(name.ToArray(), (uint)buffer[18] << 12));
            buffer = buffer[length..];
        }
    }

    private FsError At(RelativePath path, PathCall call)
    {
        if (path.IsRoot)
            return FsError.InvalidArgument;
        FsError error = OpenFile(path.Parent, Libc.O_PATH | Libc.O_DIRECTORY, 0, out var folder);
        if (folder is null)
            return error;
        using (folder)
        using (var held = new HeldHandle(folder))
        {
            fixed (byte* name = Terminated(path.Name))
            {
                do
                    error = Libc.Check(call(held.Descriptor, name));
                while (error == FsError.Interrupted);
                return error;
            }
        }
    }

    private delegate int PathCall(int folder, byte* name);
}
