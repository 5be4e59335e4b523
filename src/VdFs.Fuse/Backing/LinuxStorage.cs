using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <summary>
/// Storage in a directory of a real filesystem. Everything goes by the directory's descriptor, so it stays the same directory when its
/// path is renamed or mounted over; no symbolic link below it is followed. Safe from any thread.
/// </summary>
public sealed unsafe class LinuxStorage : IStorage, IDisposable
{
    private const uint FileMode = 0x180; // 0600
    private const uint FolderMode = 0x1C0; // 0700

    private readonly Descriptor root;
    private readonly IdleDescriptors pool;

    private LinuxStorage(int root, IdleDescriptors pool)
    {
        this.root = new Descriptor(root);
        this.pool = pool;
    }

    /// <summary>
    /// Opens a directory by an ordinary path, in which symbolic links are followed. With <paramref name="create"/> it is made (mode 0700) if only
    /// its last component is missing.
    /// </summary>
    public static FsError Open(string path, bool create, out LinuxStorage? storage)
    {
        FsError error = OpenDescriptor(path, create, out int descriptor);
        storage = error == FsError.None ? FromDescriptor(descriptor) : null;
        return error;
    }

    /// <summary>The same, but answers the directory's descriptor, which is the caller's; not passed to children.</summary>
    public static FsError OpenDescriptor(string path, bool create, out int descriptor)
    {
        descriptor = -1;
        int size = Encoding.UTF8.GetByteCount(path);
        if (size >= FileName.PathBufferSize)
            return FsError.NameTooLong;
        byte* terminated = stackalloc byte[size + 1];
        FileName.Copy(Encoding.UTF8.GetBytes(path), terminated);
        if (create && Libc.mkdirat(Libc.AT_FDCWD, terminated, FolderMode) < 0 && Libc.LastErrno is not Errno.EEXIST and var errno)
            return Errno.ToError(errno);
        descriptor = Libc.openat(Libc.AT_FDCWD, terminated, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        return descriptor < 0 ? Libc.LastError : FsError.None;
    }

    /// <summary>Takes ownership of a directory's descriptor, which has to be readable (not O_PATH).</summary>
    /// <param name="descriptor">The directory's.</param>
    /// <param name="pool">Whose idle descriptors are closed when one is wanted, and which keeps the number of files of <see cref="OpenIdle"/> in bounds; null: one of its own, without a bound.</param>
    public static LinuxStorage FromDescriptor(int descriptor, IdleDescriptors? pool = null) => new(descriptor, pool ?? new IdleDescriptors());

    /// <summary>Which mount of its filesystem it lies on; 0 if the kernel doesn't tell.</summary>
    public ulong MountInstance
    {
        get
        {
            if (!root.TryEnter(out int descriptor))
                return 0;
            ulong id = MountId.Of(descriptor);
            root.Exit();
            return id;
        }
    }

    public FsError Open(string path, StorageOpen mode, out IFile? file)
    {
        file = null;
        FsError error = OpenAt(path, FlagsOf(mode), FileMode, out int descriptor);
        if (error == FsError.None)
            file = new LinuxFile(descriptor);
        return error;
    }

    public FsError OpenIdle(string path, StorageOpen mode, out IFile? file)
    {
        file = null;
        FsError error = OpenAt(path, FlagsOf(mode), FileMode, out int descriptor);
        if (error != FsError.None)
            return error;
        var open = new LinuxFile(descriptor);
        open.LetRest(new PathSource(this, path), pool);
        file = open;
        return error;
    }

    public FsError Delete(string path) => Remove(path, 0);

    public FsError DeleteFolder(string path) => Remove(path, Libc.AT_REMOVEDIR);

    public FsError Rename(string from, string to)
    {
        byte* fromName = stackalloc byte[FileName.BufferSize];
        byte* toName = stackalloc byte[FileName.BufferSize];
        FsError error = OpenParent(from, fromName, out int fromParent);
        if (error != FsError.None)
            return error;
        error = OpenParent(to, toName, out int toParent);
        if (error == FsError.None)
        {
            error = Libc.Check(Libc.renameat2(fromParent, fromName, toParent, toName, 0));
            _ = Libc.close(toParent);
        }
        _ = Libc.close(fromParent);
        return error;
    }

    public FsError CreateFolder(string path)
    {
        byte* name = stackalloc byte[FileName.BufferSize];
        for (int end = path.IndexOf('/', StringComparison.Ordinal); ; end = path.IndexOf('/', end + 1))
        {
            FsError error = OpenParent(end < 0 ? path : path[..end], name, out int parent);
            if (error != FsError.None)
                return error;
            error = Libc.Check(Libc.mkdirat(parent, name, FolderMode));
            _ = Libc.close(parent);
            if (error == FsError.AlreadyExists)
                error = CheckFolder(end < 0 ? path : path[..end]);
            if (error != FsError.None || end < 0)
                return error;
        }
    }

    public FsError List(string path, ICollection<string> names)
    {
        FsError error = OpenAt(path, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out int folder);
        if (error != FsError.None)
            return error;
        using DirectoryReader reader = new();
        while ((error = reader.Peek(folder, out DirectoryEntry entry, out bool found)) == FsError.None && found)
        {
            if (!entry.IsDots)
                names.Add(Encoding.UTF8.GetString(entry.Name));
            reader.Advance(entry);
        }
        _ = Libc.close(folder);
        return error;
    }

    public FsError SyncFolder(string path)
    {
        FsError error = OpenAt(path, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out int folder);
        if (error != FsError.None)
            return error;
        error = Libc.Check(Libc.fsync(folder));
        _ = Libc.close(folder);
        return error;
    }

    public FsError SyncAll()
    {
        FsError error = OpenAt("", Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out int folder);
        if (error != FsError.None)
            return error;
        error = Libc.Check(Libc.syncfs(folder));
        _ = Libc.close(folder);
        return error;
    }

    /// <inheritdoc/>
    /// <remarks>What a filesystem keeps back for root counts as free if the daemon is root; but not what btrfs calls free and has for metadata alone.</remarks>
    public FsError GetSpace(out long free, out long total)
    {
        free = total = 0;
        if (!root.TryEnter(out int directory))
            return FsError.BadHandle;
        StatFsBuffer statistics;
        FsError error = Libc.Check(Libc.fstatfs(directory, &statistics));
        root.Exit();
        if (error != FsError.None)
            return error;
        long unit = statistics.FragmentSize != 0 ? statistics.FragmentSize : statistics.BlockSize;
        free = unit * (long)(DaemonIdentity.IsRoot && statistics.Type != StatFsBuffer.Btrfs ? statistics.FreeBlocks : statistics.AvailableBlocks);
        total = unit * (long)statistics.Blocks;
        return FsError.None;
    }

    /// <summary>
    /// Creates the file if needed and locks it for as long as <paramref name="held"/> lives, or the process does.
    /// <see cref="FsError.Busy"/> if another process, or another opening in this one, has it.
    /// </summary>
    public FsError TryLock(string name, out IDisposable? held)
    {
        FsError error = TryTakeLock(name, out int descriptor);
        held = error == FsError.None ? new Descriptor(descriptor) : null;
        return error;
    }

    /// <summary>The same, but answers the locked file's descriptor, which is the caller's: the lock lasts while it or a copy of it is open anywhere.</summary>
    public FsError TryTakeLock(string name, out int descriptor)
    {
        FsError error = OpenAt(name, Libc.O_RDWR | Libc.O_CREAT, FileMode, out descriptor);
        if (error != FsError.None)
            return error;
        // flock(2) belongs to this opening of the file: it goes with its last descriptor, and with no other opening of the same file.
        error = Libc.Check(Libc.flock(descriptor, Libc.LOCK_EX | Libc.LOCK_NB));
        if (error == FsError.None)
            return FsError.None;
        _ = Libc.close(descriptor);
        descriptor = -1;
        return error == FsError.TryAgain ? FsError.Busy : error;
    }

    public void Dispose() => root.Dispose();

    private static int FlagsOf(StorageOpen mode) => mode switch
    {
        StorageOpen.Existing => Libc.O_RDWR,
        StorageOpen.CreateNew => Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL,
        StorageOpen.OpenOrCreate => Libc.O_RDWR | Libc.O_CREAT,
        _ => throw new ArgumentOutOfRangeException(nameof(mode)),
    };

    private FsError Remove(string path, int flags)
    {
        byte* name = stackalloc byte[FileName.BufferSize];
        FsError error = OpenParent(path, name, out int parent);
        if (error != FsError.None)
            return error;
        error = Libc.Check(Libc.unlinkat(parent, name, flags));
        _ = Libc.close(parent);
        return error;
    }

    private FsError CheckFolder(string path)
    {
        FsError error = OpenAt(path, Libc.O_PATH | Libc.O_DIRECTORY, 0, out int folder);
        if (error == FsError.None)
            _ = Libc.close(folder);
        return error;
    }

    private FsError OpenParent(string path, byte* name, out int parent)
    {
        parent = -1;
        int slash = path.LastIndexOf('/');
        if (slash == 0)
            return FsError.InvalidArgument;
        FsError error = FileName.CopyComponent(Encoding.UTF8.GetBytes(path[(slash + 1)..]), name);
        return error == FsError.None
            ? OpenAt(slash < 0 ? "" : path[..slash], Libc.O_PATH | Libc.O_DIRECTORY, 0, out parent)
            : error;
    }

    private FsError OpenAt(string path, int flags, uint mode, out int descriptor)
    {
        descriptor = -1;
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        if (bytes.Length > 0 && !FileName.IsPath(bytes))
            return FsError.InvalidArgument;
        if (!root.TryEnter(out int directory))
            return FsError.BadHandle;
        int tries = 0;
        FsError error;
        do
            error = Beneath.Open(directory, bytes, flags, mode, out descriptor);
        while (error != FsError.None && pool.TryAgain(error, ref tries));
        root.Exit();
        return error;
    }

    /// <summary>A file of the state that was idle, by its path. One that is gone is damage, and not a file that was never there.</summary>
    private sealed class PathSource(LinuxStorage storage, string path) : IDescriptorSource
    {
        public FsError Open(out int descriptor)
        {
            FsError error = storage.OpenAt(path, Libc.O_RDWR, 0, out descriptor);
            return error == FsError.NotFound ? FsError.Io : error;
        }
    }
}
