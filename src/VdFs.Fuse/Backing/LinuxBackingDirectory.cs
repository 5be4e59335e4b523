using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <summary>
/// A directory of a Linux filesystem. References are O_PATH descriptors: they stay with their file through renames and need no permission.
/// What takes no such descriptor goes through /proc/self/fd, which leads to the very file. The directory itself is a descriptor
/// too, so that a filesystem may be mounted over its path, or its path renamed, without any effect here.
/// </summary>
/// <remarks>Everything is done by the daemon itself, except names and extended attributes, which are changed as the caller (<see cref="CallerScope"/>).</remarks>
public sealed unsafe partial class LinuxBackingDirectory : IBackingDirectory, IDisposable
{
    private static readonly byte[] HiddenName = ".vdfs"u8.ToArray();

    private readonly int root;

    /// <summary>/proc/self/fd, in which a descriptor's number is a name that leads to its file.</summary>
    private readonly int descriptors;

    /// <summary>For all files below; 0: each file's own f_fsid.</summary>
    private readonly ulong fileSystemId;

    /// <summary>Whose idle descriptors are closed when one is wanted.</summary>
    private readonly IdleDescriptors pool;

    private bool disposed;

    private LinuxBackingDirectory(int root, int descriptors, ulong fileSystemId, IdleDescriptors pool)
    {
        this.pool = pool;
        this.root = root;
        this.descriptors = descriptors;
        this.fileSystemId = fileSystemId;
        OpensHandles = CanOpenHandles();
    }

    /// <inheritdoc cref="LinuxStorage.MountInstance"/>
    public ulong MountInstance => MountId.Of(root);

    public BackingRef Root => new(root);

    /// <summary>Reading files for clients doesn't move their access times, as far as the daemon may ask for that. Set before use.</summary>
    public bool KeepsFileAccessTimes { get; set; }

    /// <summary>The same for listing folders.</summary>
    public bool KeepsFolderAccessTimes { get; set; }

    /// <summary>
    /// Opens a directory by an ordinary path, in which symbolic links are followed. To be done before anything is mounted over it.
    /// <see cref="FsError.AccessDenied"/> if it can't be read.
    /// </summary>
    public static FsError Open(string path, out LinuxBackingDirectory? directory)
    {
        directory = null;
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        if (bytes.Length >= FileName.PathBufferSize)
            return FsError.NameTooLong;
        byte* terminated = stackalloc byte[bytes.Length + 1];
        FileName.Copy(bytes, terminated);
        int descriptor = Libc.openat(Libc.AT_FDCWD, terminated, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        return descriptor < 0 ? Libc.LastError : FromDescriptor(descriptor, out directory);
    }

    /// <summary>Takes ownership of a directory's descriptor (readable, not O_PATH), which a supervisor may hold too. It is closed on errors.</summary>
    public static FsError FromDescriptor(int descriptor, out LinuxBackingDirectory? directory) => FromDescriptor(descriptor, new IdleDescriptors(), out directory);

    /// <inheritdoc cref="FromDescriptor(int, out LinuxBackingDirectory?)"/>
    /// <param name="descriptor">The directory's.</param>
    /// <param name="pool">Whose idle descriptors are closed when one is wanted.</param>
    /// <param name="directory">Null after an error.</param>
    public static FsError FromDescriptor(int descriptor, IdleDescriptors pool, out LinuxBackingDirectory? directory)
    {
        directory = null;
        int descriptors = -1;
        ulong fileSystemId = 0;
        FsError error = CheckDirectory(descriptor);
        if (error == FsError.None)
            error = FileSystemId.Find(descriptor, out fileSystemId);
        if (error == FsError.None)
            error = OpenDescriptors(out descriptors);
        if (error != FsError.None)
        {
            _ = Libc.close(descriptor);
            return error;
        }
        directory = new LinuxBackingDirectory(descriptor, descriptors, fileSystemId, pool);
        error = directory.FindHidden();
        if (error == FsError.None)
            return error;
        directory.Dispose();
        directory = null;
        return error;
    }

    public void Close(BackingRef node)
    {
        if (node.Value != root && !node.IsNone)
            _ = Libc.close((int)node.Value);
    }

    /// <summary>After the last use by anyone; references that were given are the tree's to close.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        hidden?.Dispose();
        _ = Libc.close(descriptors);
        _ = Libc.close(root);
    }

    private static FsError CheckDirectory(int descriptor)
    {
        FsError error = Stat(descriptor, out StatxBuffer stat);
        if (error != FsError.None)
            return error;
        return (stat.Mode & FileAttributes.TypeMask) == FileAttributes.TypeDirectory ? FsError.None : FsError.NotDirectory;
    }

    private static FsError OpenDescriptors(out int descriptors)
    {
        fixed (byte* path = "/proc/self/fd\0"u8)
            descriptors = Libc.openat(Libc.AT_FDCWD, path, Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        if (descriptors < 0)
            return Libc.LastError;
        StatFsBuffer statistics;
        FsError error = Libc.Check(Libc.fstatfs(descriptors, &statistics));
        if (error == FsError.None && statistics.Type != Libc.PROC_SUPER_MAGIC)
            error = FsError.NoDevice;
        if (error != FsError.None)
            _ = Libc.close(descriptors);
        return error;
    }

    private static FsError Stat(int descriptor, out StatxBuffer stat)
    {
        byte empty = 0;
        fixed (StatxBuffer* result = &stat)
            return Libc.Check(Libc.statx(descriptor, &empty, Libc.AT_EMPTY_PATH, Libc.STATX_ALL, result));
    }

    private bool IsRoot(BackingRef node) => node.Value == root;
}
