using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>Opening files as the daemon, creating them as the caller.</content>
public sealed unsafe partial class LinuxBackingDirectory
{
    public FsError Open(BackingRef node, OpenIntent intent, out IBackingFile? file)
    {
        file = null;
        // Only regular files: opening anything else could wait for ever (a FIFO) or have effects (a device).
        FsError error = CheckRegular((int)node.Value);
        if (error != FsError.None)
            return error;
        int flags = intent.HasFlag(OpenIntent.Write) ? Libc.O_RDWR : Libc.O_RDONLY;
        error = Reopen((int)node.Value, flags, out int descriptor);
        if (error != FsError.None)
            return error;
        if (KeepsFileAccessTimes)
            KeepAccessTime(descriptor);
        file = new LinuxFile(descriptor);
        return FsError.None;
    }

    public FsError Create(Caller caller, BackingRef parent, ReadOnlySpan<byte> name, uint mode, uint umask, out IBackingFile? file, out BackingRef node, out FileAttributes attributes)
    {
        file = null;
        node = BackingRef.None;
        attributes = default;
        if (name.Length >= FileName.BufferSize)
            return FsError.NameTooLong;
        if (!FileName.IsComponent(name))
            return FsError.InvalidArgument;
        if (IsHiddenName(parent, name))
            return FsError.NotPermitted;
        int descriptor;
        using (CallerScope scope = CallerScope.Enter(caller, umask, out FsError error))
        {
            if (error != FsError.None)
                return error;
            error = OpenBeneath((int)parent.Value, name, Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL, mode & PermissionBits, out descriptor);
            if (error != FsError.None)
                return error;
        }
        return ReferCreated(descriptor, out file, out node, out attributes);
    }

    public FsError CreateUnnamed(Caller caller, BackingRef parent, uint mode, uint umask, bool exclusive, out IBackingFile? file, out BackingRef node, out FileAttributes attributes)
    {
        file = null;
        node = BackingRef.None;
        attributes = default;
        int flags = Libc.O_RDWR | Libc.O_TMPFILE | (exclusive ? Libc.O_EXCL : 0);
        int descriptor;
        using (CallerScope scope = CallerScope.Enter(caller, umask, out FsError error))
        {
            if (error != FsError.None)
                return error;
            error = OpenBeneath((int)parent.Value, default, flags, mode & PermissionBits, out descriptor);
            if (error != FsError.None)
                return error;
        }
        return ReferCreated(descriptor, out file, out node, out attributes);
    }

    public FsError OpenDirectory(BackingRef node, out IBackingFolder? folder)
    {
        folder = null;
        FsError error = OpenBeneath((int)node.Value, default, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out int descriptor);
        if (error != FsError.None)
            return error;
        if (KeepsFolderAccessTimes)
            KeepAccessTime(descriptor);
        folder = new LinuxFolder(descriptor, IsRoot(node) ? this : null);
        return FsError.None;
    }

    /// <summary>
    /// From here on reading by the descriptor moves no access time: what the daemon reads for itself never does. Only root and a file's owner may ask
    /// for that (fcntl(2), O_NOATIME); a daemon of another user goes without.
    /// </summary>
    private static void KeepAccessTime(int descriptor) => _ = Libc.fcntl(descriptor, Libc.F_SETFL, Libc.O_NOATIME);

    /// <summary>The reference is of the file just made, not of its name, which somebody may have taken meanwhile.</summary>
    private FsError ReferCreated(int descriptor, out IBackingFile? file, out BackingRef node, out FileAttributes attributes)
    {
        file = null;
        node = BackingRef.None;
        attributes = default;
        FsError error = Reopen(descriptor, Libc.O_PATH, out int reference);
        if (error == FsError.None)
            error = Refer(reference, out node, out attributes);
        if (error != FsError.None)
        {
            _ = Libc.close(descriptor);
            return error;
        }
        if (KeepsFileAccessTimes)
            KeepAccessTime(descriptor);
        file = new LinuxFile(descriptor);
        return FsError.None;
    }

    private static FsError CheckRegular(int descriptor)
    {
        FsError error = Stat(descriptor, out StatxBuffer stat);
        if (error != FsError.None)
            return error;
        return (stat.Mode & FileAttributes.TypeMask) switch
        {
            FileAttributes.TypeRegular => FsError.None,
            FileAttributes.TypeDirectory => FsError.IsDirectory,
            FileAttributes.TypeSymlink => FsError.SymlinkLoop,
            _ => FsError.InvalidArgument,
        };
    }
}
