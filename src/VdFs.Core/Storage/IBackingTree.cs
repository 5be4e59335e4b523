using VdFs.Core.Errors;
using VdFs.Core.Images;

namespace VdFs.Core.Storage;

/// <summary>
/// The backing directory as the engine sees it: by path, for scans, and by identity, for views. Paths are bytes relative to its root,
/// components separated by `/`, empty for the root itself. No path leads outside: symbolic links are never followed, other
/// filesystems mounted below are never entered (openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV).
/// The folder `.vdfs` of the root is not part of the tree.
/// </summary>
public interface IBackingTree
{
    /// <summary>Adds all entries of a folder to <paramref name="entries"/>.</summary>
    FsError ReadFolder(ReadOnlySpan<byte> path, ICollection<TreeEntry> entries);

    /// <summary>One entry, with attributes, symlink target and extended attributes; its name is the path's last component.</summary>
    FsError Stat(ReadOnlySpan<byte> path, out TreeEntry? entry);

    FsError Identify(ReadOnlySpan<byte> path, out ImageIdentity? identity);

    /// <summary>
    /// Opens an image for reading, wherever it is now: by its file handle, else as the retained link <paramref name="id"/>, else at
    /// <paramref name="pathHint"/>, else by a search of the whole tree. What is opened is checked against <paramref name="identity"/>.
    /// <see cref="FsError.Stale"/> if the image is nowhere.
    /// </summary>
    FsError OpenImage(ImageId id, ImageIdentity identity, ReadOnlySpan<byte> pathHint, out IBackingFile? file);

    /// <summary>Removes the hidden link that kept a deleted image's content; fine if there is none.</summary>
    FsError DropRetained(ImageId id);

    /// <summary>Ids of all hidden links that are there now.</summary>
    FsError ListRetained(ICollection<ImageId> ids);

    /// <summary>Brings the whole backing filesystem to stable storage (syncfs(2)).</summary>
    FsError SyncAll();
}
