using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>
/// `.vdfs` in the root, which isn't part of the tree: by its name, and as the same inode under any other (renamed from outside, or a name that
/// a case-insensitive filesystem takes for the same).
/// </content>
public sealed unsafe partial class LinuxBackingDirectory
{
    private const uint HiddenMode = 0x1C0; // 0700

    /// <summary>Guards the making of <see cref="hidden"/>; innermost.</summary>
    private readonly Lock hiddenLock = new();

    /// <summary>An open descriptor, so that the inode number can't come to mean another directory.</summary>
    private volatile HiddenFolder? hidden;

    /// <summary>
    /// `.vdfs` as storage, made (mode 0700) if needed; the caller's to dispose of. For a state directory that is kept in the backing directory.
    /// </summary>
    public FsError OpenHidden(out LinuxStorage? storage)
    {
        storage = null;
        FsError error = MakeHidden();
        if (error != FsError.None)
            return error;
        error = OpenBeneath(root, HiddenName, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out int descriptor);
        if (error == FsError.None)
            storage = LinuxStorage.FromDescriptor(descriptor);
        return error;
    }

    /// <summary>What names in <paramref name="parent"/> may not be made, removed or renamed. Empty names and such are judged elsewhere.</summary>
    private bool IsHiddenName(BackingRef parent, ReadOnlySpan<byte> name) => IsRoot(parent) && name.SequenceEqual(HiddenName);

    /// <summary>Whether an existing name of <paramref name="parent"/> leads to the same directory as `.vdfs` did.</summary>
    private bool IsHiddenFolder(BackingRef parent, byte* name)
    {
        StatxBuffer stat;
        return IsRoot(parent) && hidden is not null
            && Libc.statx(root, name, Libc.AT_SYMLINK_NOFOLLOW | Libc.AT_NO_AUTOMOUNT, Libc.STATX_INO, &stat) >= 0
            && IsHidden(stat.Key);
    }

    /// <summary>The same for an entry of the root's listing.</summary>
    internal bool IsHiddenEntry(in DirectoryEntry entry) =>
        entry.Name.SequenceEqual(HiddenName) || (hidden is { ListedInode: not 0 and var inode } && entry.Inode == inode);

    private bool IsHidden(FileKey key) => hidden is { } folder && folder.Key == key;

    /// <summary>Remembers `.vdfs` if it is there.</summary>
    private FsError FindHidden()
    {
        lock (hiddenLock)
        {
            if (hidden is not null)
                return FsError.None;
            FsError error = OpenBeneath(root, HiddenName, Libc.O_PATH | Libc.O_DIRECTORY, 0, out int descriptor);
            if (error == FsError.NotFound)
                return FsError.None;
            if (error != FsError.None)
                return error;
            StatxBuffer above = default;
            error = Stat(descriptor, out StatxBuffer stat);
            if (error == FsError.None)
                error = Stat(root, out above);
            if (error == FsError.None)
                hidden = new HiddenFolder(new Descriptor(descriptor), stat.Key, stat.Key.Device == above.Key.Device ? stat.Inode : 0);
            else
                _ = Libc.close(descriptor);
            return error;
        }
    }

    private FsError MakeHidden()
    {
        fixed (byte* name = ".vdfs\0"u8)
        {
            FsError error = Libc.Check(Libc.mkdirat(root, name, HiddenMode));
            if (error is not (FsError.None or FsError.AlreadyExists))
                return error;
        }
        return FindHidden();
    }

    /// <param name="ListedInode">What a listing of the root calls it; 0 if that can't be told (a subvolume has two numbers).</param>
    private sealed record HiddenFolder(Descriptor Descriptor, FileKey Key, ulong ListedInode) : IDisposable
    {
        public void Dispose() => Descriptor.Dispose();
    }
}
