using VdFs.Core.Errors;
using VdFs.Core.Space;
using VdFs.Core.Storage;

namespace VdFs.FileSystem.Tree;

/// <summary>
/// The tree that a mount shows, as typed operations; FUSE, Dokan and tests call it. Safe from any number of threads, each with its own
/// <see cref="OperationContext"/>. Reads and writes don't allocate.
/// </summary>
/// <remarks>
/// Every operation may return <see cref="FsError.MustWait"/> if the context's worker may not wait; it then had no effect and is to be
/// called again, with a context that may. Names are single components as bytes, never empty, without `/` and NUL, not `.` or `..`;
/// anything else is answered with <see cref="FsError.InvalidArgument"/>, a name above 255 bytes with <see cref="FsError.NameTooLong"/>.
/// Permission bits are checked by the platform (FUSE: default_permissions), not here.
/// </remarks>
public interface ITree
{
    OperationContext CreateContext(bool mayWait);

    /// <summary>
    /// Where requests wait that were answered with <see cref="FsError.MustWaitForSpace"/>: who called keeps them, and calls again when there may be room. After its limit
    /// it calls once more with <see cref="VdFs.Core.Worker.WaitsForSpace"/> false. Null: never answered so.
    /// </summary>
    WaitingRoom? WaitingRoom => null;

    /// <summary>Finds a name; the node's lookup count rises by one unless an error or node 0 is answered.</summary>
    FsError Lookup(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, out Entry entry);

    /// <summary>Takes back <paramref name="count"/> lookups. Unknown nodes are ignored: counts are a hint after a worker's death.</summary>
    void Forget(OperationContext context, NodeId node, ulong count);

    /// <param name="context">The calling thread's.</param>
    /// <param name="node">The file.</param>
    /// <param name="handle">The client's open file if it asks through one.</param>
    /// <param name="attributes">Attributes; the inode number to show is in <paramref name="inode"/>.</param>
    /// <param name="inode">Inode number to show.</param>
    /// <param name="valid">How long they may be remembered.</param>
    FsError GetAttributes(OperationContext context, NodeId node, ulong? handle, out FileAttributes attributes, out ulong inode, out TimeSpan valid);

    /// <summary>Changes attributes, truncation included, and answers the new ones.</summary>
    FsError SetAttributes(OperationContext context, NodeId node, in AttributeChange change, out FileAttributes attributes, out ulong inode, out TimeSpan valid);

    /// <summary>Fills <paramref name="target"/> (4096 bytes or more) with the link's target, without a final NUL.</summary>
    FsError ReadLink(OperationContext context, NodeId node, Span<byte> target, out int length);

    /// <param name="mode">Type and permission bits, before <paramref name="umask"/>.</param>
    /// <param name="rawDevice">For device nodes; as in <see cref="FileAttributes.RawDevice"/>.</param>
    FsError MakeNode(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, uint rawDevice, out Entry entry);

    FsError MakeDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, out Entry entry);

    FsError MakeSymlink(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target, out Entry entry);

    FsError Link(OperationContext context, NodeId node, NodeId newParent, ReadOnlySpan<byte> newName, out Entry entry);

    FsError Unlink(OperationContext context, NodeId parent, ReadOnlySpan<byte> name);

    FsError RemoveDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name);

    FsError Rename(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, NodeId newParent, ReadOnlySpan<byte> newName, RenameMode mode);

    /// <summary>Opens a file (following nothing). Appending needs no intent: the kernel gives offsets.</summary>
    FsError Open(OperationContext context, NodeId node, OpenIntent intent, out OpenResult result);

    /// <summary>Creates a file and opens it in one step; an existing one is opened unless <see cref="OpenIntent.Exclusive"/>.</summary>
    FsError Create(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, OpenIntent intent, out Entry entry, out OpenResult result);

    /// <summary>O_TMPFILE: a file without a name in the filesystem of <paramref name="parent"/>.</summary>
    FsError CreateUnnamed(OperationContext context, NodeId parent, uint mode, uint umask, OpenIntent intent, out Entry entry, out OpenResult result);

    /// <summary>Reads up to the buffer's length; fewer only at the end of the file.</summary>
    FsError Read(OperationContext context, NodeId node, ulong handle, long offset, Span<byte> buffer, out int read);

    /// <summary>Writes; fewer than all only together with what had been written before an error (then no error is answered).</summary>
    /// <param name="killPrivileges">Clear set-user-id and set-group-id (FUSE_WRITE_KILL_SUIDGID).</param>
    FsError Write(OperationContext context, NodeId node, ulong handle, long offset, ReadOnlySpan<byte> data, WriteDurability durability, bool killPrivileges, out int written);

    /// <summary>A descriptor of the file was closed (there may be others).</summary>
    FsError Flush(OperationContext context, NodeId node, ulong handle);

    /// <summary>The last descriptor of this open was closed.</summary>
    void Release(OperationContext context, NodeId node, ulong handle);

    FsError Sync(OperationContext context, NodeId node, ulong handle, bool dataOnly);

    FsError Allocate(OperationContext context, NodeId node, ulong handle, AllocateMode mode, long offset, long length);

    /// <summary>SEEK_DATA or SEEK_HOLE. <see cref="FsError.NoSuchAddress"/> past the end.</summary>
    FsError Seek(OperationContext context, NodeId node, ulong handle, long offset, bool hole, out long result);

    FsError CopyRange(OperationContext context, NodeId source, ulong sourceHandle, long sourceOffset, NodeId target, ulong targetHandle, long targetOffset, long length, out long copied);

    FsError OpenDirectory(OperationContext context, NodeId node, out OpenResult result);

    /// <summary>Lists from <paramref name="offset"/> (0: the beginning, else a value given to the sink) until the sink is full. `.` and `..` included.</summary>
    /// <param name="plus">Look every name up and use <see cref="IDirectorySink.AddPlus"/> (for `.` and `..` with node 0).</param>
    FsError ReadDirectory(OperationContext context, NodeId node, ulong handle, ulong offset, bool plus, IDirectorySink sink);

    void ReleaseDirectory(OperationContext context, NodeId node, ulong handle);

    FsError SyncDirectory(OperationContext context, NodeId node, ulong handle, bool dataOnly);

    FsError Statistics(OperationContext context, NodeId node, out FileSystemStatistics statistics);

    /// <summary>Value into <paramref name="value"/>; with an empty buffer only the length. <see cref="FsError.OutOfRange"/> if it doesn't fit, <see cref="FsError.NoData"/> if there is none.</summary>
    FsError GetExtendedAttribute(OperationContext context, NodeId node, ReadOnlySpan<byte> name, Span<byte> value, out int length);

    /// <summary>Names, each ended by NUL; with an empty buffer only the length.</summary>
    FsError ListExtendedAttributes(OperationContext context, NodeId node, Span<byte> names, out int length);

    FsError SetExtendedAttribute(OperationContext context, NodeId node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ExtendedAttributeMode mode, bool killSetGroupId);

    FsError RemoveExtendedAttribute(OperationContext context, NodeId node, ReadOnlySpan<byte> name);

    /// <summary>A file's or folder's flags into <paramref name="value"/>, which has the form's length. <see cref="FsError.NotSupported"/> where there are none.</summary>
    FsError GetFlags(OperationContext context, NodeId node, FlagsForm form, Span<byte> value) => FsError.NotSupported;

    /// <summary>Sets flags. <see cref="FsError.NotSupported"/> for those that the platform may not change.</summary>
    FsError SetFlags(OperationContext context, NodeId node, FlagsForm form, ReadOnlySpan<byte> value) => FsError.NotSupported;

    /// <summary>syncfs(2) on the mount.</summary>
    FsError SyncAll(OperationContext context);
}
