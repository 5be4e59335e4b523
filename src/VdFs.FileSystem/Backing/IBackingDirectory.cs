using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Backing;

/// <summary>The platform's reference to one file of the backing directory (Linux: an O_PATH descriptor). Negative: none.</summary>
public readonly record struct BackingRef(long Value)
{
    public static BackingRef None { get; } = new(-1);

    public bool IsNone => Value < 0;
}

/// <summary>
/// The backing directory as the tree uses it: by references to files that are known, and single names below them. Nothing here leads
/// outside of it: names are single components, symbolic links are never followed, filesystems mounted below are answered with
/// <see cref="FsError.CrossDevice"/>. What makes or removes names is done with the caller's user, group and supplementary groups.
/// Safe from any thread. A reference that was closed is not used any more: the tree sees to that.
/// </summary>
public interface IBackingDirectory : IBackingTree
{
    BackingRef Root { get; }

    /// <summary>References to `.vdfs` of the root are never given: it is <see cref="FsError.NotFound"/> for lookups; making, removing and renaming it or over it is <see cref="FsError.NotPermitted"/>.</summary>
    FsError Lookup(BackingRef parent, ReadOnlySpan<byte> name, out BackingRef node, out FileAttributes attributes);

    void Close(BackingRef node);

    /// <summary>Whether handles lead to their files here: the filesystem has them, and this process may open them.</summary>
    bool OpensHandles { get; }

    /// <summary>Writes what is this file's for good, whatever becomes of its names, and no other's ever. False: the filesystem has no such thing, or it is too long.</summary>
    bool TryGetHandle(BackingRef node, Span<byte> handle, out int length);

    /// <summary>The file of a handle, where <see cref="OpensHandles"/>. <see cref="FsError.Stale"/> if there is none any more.</summary>
    FsError OpenHandle(ReadOnlySpan<byte> handle, out BackingRef node, out FileAttributes attributes);

    /// <summary>
    /// From here on the file may be closed while nobody uses it, and is opened again, as it was, when somebody does; if the platform can do that for certain. At most once per file, and before
    /// others have it.
    /// </summary>
    void LetRest(IBackingFile file, INodeFinder nodes, NodeId node, OpenIntent intent);

    FsError GetAttributes(BackingRef node, out FileAttributes attributes);

    /// <summary>
    /// Changes owner, mode, times; never the size. <paramref name="change"/>.Fields may hold <see cref="AttributeFields.KillPrivileges"/>.
    /// The platform checked what the caller may do; new owner and mode are set as asked, by the daemon. The caller decides whether
    /// set-group-id without group execution stays: for a member of the file's group it does. No field at all clears
    /// privileges if the caller is the owner and not root, and else does nothing.
    /// </summary>
    FsError SetAttributes(Caller caller, BackingRef node, in AttributeChange change);

    FsError ReadLink(BackingRef node, Span<byte> target, out int length);

    /// <summary>mknod(2), also for regular files, exclusively.</summary>
    FsError MakeNode(Caller caller, BackingRef parent, ReadOnlySpan<byte> name, uint mode, uint umask, uint rawDevice);

    FsError MakeDirectory(Caller caller, BackingRef parent, ReadOnlySpan<byte> name, uint mode, uint umask);

    FsError MakeSymlink(Caller caller, BackingRef parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target);

    FsError Link(Caller caller, BackingRef node, BackingRef newParent, ReadOnlySpan<byte> newName);

    FsError Unlink(Caller caller, BackingRef parent, ReadOnlySpan<byte> name);

    FsError RemoveDirectory(Caller caller, BackingRef parent, ReadOnlySpan<byte> name);

    FsError Rename(Caller caller, BackingRef parent, ReadOnlySpan<byte> name, BackingRef newParent, ReadOnlySpan<byte> newName, RenameMode mode);

    /// <summary>
    /// Opens a regular file. With write intent always for reading and writing, since pre-images have to be read. Truncate, Exclusive and Direct in
    /// <paramref name="intent"/> are ignored: the backing open sees none of O_TRUNC, O_APPEND, O_EXCL, O_DIRECT.
    /// </summary>
    FsError Open(BackingRef node, OpenIntent intent, out IBackingFile? file);

    /// <summary>Creates and opens a regular file that must not exist (O_CREAT|O_EXCL), owned by the caller; answers its reference and attributes too.</summary>
    FsError Create(Caller caller, BackingRef parent, ReadOnlySpan<byte> name, uint mode, uint umask, out IBackingFile? file, out BackingRef node, out FileAttributes attributes);

    /// <summary>O_TMPFILE.</summary>
    FsError CreateUnnamed(Caller caller, BackingRef parent, uint mode, uint umask, bool exclusive, out IBackingFile? file, out BackingRef node, out FileAttributes attributes);

    FsError OpenDirectory(BackingRef node, out IBackingFolder? folder);

    FsError GetExtendedAttribute(BackingRef node, ReadOnlySpan<byte> name, Span<byte> value, out int length);

    FsError ListExtendedAttributes(BackingRef node, Span<byte> names, out int length);

    FsError SetExtendedAttribute(Caller caller, BackingRef node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ExtendedAttributeMode mode);

    FsError RemoveExtendedAttribute(Caller caller, BackingRef node, ReadOnlySpan<byte> name);

    /// <summary>Flags of a regular file or folder; <see cref="FsError.NotSupported"/> for others, and on filesystems without.</summary>
    FsError GetFlags(BackingRef node, FlagsForm form, Span<byte> value);

    /// <summary>
    /// Sets flags as the caller, but none that would change content, or get in the way of recording it, without a write:
    /// <see cref="FsError.NotSupported"/>, and nothing is changed.
    /// </summary>
    FsError SetFlags(Caller caller, BackingRef node, FlagsForm form, ReadOnlySpan<byte> value);

    FsError Statistics(BackingRef node, out FileSystemStatistics statistics);

    FsError Identify(BackingRef node, out ImageIdentity? identity);

    /// <summary>
    /// Gives the regular file <paramref name="name"/> the hidden link <paramref name="id"/> in `.vdfs/retained`, by the daemon; the file must be
    /// <paramref name="expected"/>, else <see cref="FsError.Stale"/>. Fine if the link is there already.
    /// </summary>
    FsError Retain(BackingRef parent, ReadOnlySpan<byte> name, FileKey expected, ImageId id);
}

/// <summary>An open directory of the backing directory.</summary>
public interface IBackingFolder : IDisposable
{
    /// <summary>
    /// Gives entries from <paramref name="offset"/> (0, or a cookie that was given before, also by an earlier worker) to
    /// <paramref name="visitor"/> until it returns false. `.` and `..` included; the root's `.vdfs` left out. Not for two threads at once: it locks.
    /// </summary>
    FsError Read(ulong offset, IFolderVisitor visitor);

    FsError Sync(bool dataOnly);
}

public interface IFolderVisitor
{
    /// <param name="name">One component.</param>
    /// <param name="inode">The backing inode number.</param>
    /// <param name="mode">File type bits; 0 if the filesystem doesn't say.</param>
    /// <param name="next">Cookie of what follows.</param>
    bool Visit(ReadOnlySpan<byte> name, ulong inode, uint mode, ulong next);
}
