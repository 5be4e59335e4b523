using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Views;

namespace VdFs.FileSystem.Tree;

/// <summary>Listing directories: the backing directory's entries, and where it is wanted `.snapshots` after the root's.</summary>
public sealed partial class MountTree
{
    /// <summary>Where a listing of the root goes on after `.snapshots`, which comes last. No filesystem's cookie for an entry that is followed by others.</summary>
    private const ulong AfterSnapshots = 0x7FFF_FFFF_FFFF_FFF1;

    public FsError OpenDirectory(OperationContext context, NodeId node, out OpenResult result)
    {
        result = default;
        if (SnapshotNode.Is(node))
            return snapshots.OpenDirectory(node, out result);
        using PinnedRef reference = nodes.Pin(node);
        if (reference.IsNone)
            return reference.Error;
        FsError error = backing.OpenDirectory(reference.Reference, out IBackingFolder? folder);
        if (error != FsError.None)
            return error;
        result.Handle = handles.Add(node, OpenIntent.Read, folder!);
        if (result.Handle != 0)
            return FsError.None;
        folder!.Dispose();
        return FsError.TooManyOpenFilesInSystem;
    }

    public FsError ReadDirectory(OperationContext context, NodeId node, ulong handle, ulong offset, bool plus, IDirectorySink sink)
    {
        if (SnapshotNode.Is(node))
            return snapshots.ReadDirectory(node, offset, plus, sink);
        if (node == NodeId.Root && offset == AfterSnapshots)
            return FsError.None;
        if (FindFolder(node, handle, out FsError error) is not { } folder)
            return error;
        var visitor = new ListingVisitor(this, node, plus, sink);
        error = folder.Read(offset, visitor);
        if (error != FsError.None || visitor.Full || node != NodeId.Root || !options.ShowSnapshots)
            return error;
        if (sink.Fits(SnapshotNode.FolderName.Length) && snapshots.LookupFolder(out Entry entry) == FsError.None)
            AddTo(sink, plus, SnapshotNode.FolderName, AfterSnapshots, entry);
        return FsError.None;
    }

    public void ReleaseDirectory(OperationContext context, NodeId node, ulong handle) => (handles.Remove(handle) as IDisposable)?.Dispose();

    public FsError SyncDirectory(OperationContext context, NodeId node, ulong handle, bool dataOnly)
    {
        if (SnapshotNode.Is(node))
            return FsError.None;
        return FindFolder(node, handle, out FsError error) is { } folder ? folder.Sync(dataOnly) : error;
    }

    internal static void AddTo(IDirectorySink sink, bool plus, ReadOnlySpan<byte> name, ulong next, in Entry entry)
    {
        if (plus)
            sink.AddPlus(name, entry.Inode, entry.Attributes.Mode, next, entry);
        else
            sink.Add(name, entry.Inode, entry.Attributes.Mode, next);
    }

    private IBackingFolder? FindFolder(NodeId node, ulong handle, out FsError error)
    {
        error = FsError.BadHandle;
        if (handles.Find(handle, out NodeId opened, out _) is { } there)
            return there as IBackingFolder;
        if (opened.Value == 0)
            return null;
        using PinnedRef reference = nodes.Pin(node);
        IBackingFolder? folder = null;
        error = reference.IsNone ? reference.Error : backing.OpenDirectory(reference.Reference, out folder);
        if (error == FsError.None)
            return (IBackingFolder)handles.Restore(handle, folder!);
        error = error.IsWant() ? error : FsError.BadHandle;
        return null;
    }

    /// <summary>Hands a backing folder's entries to the protocol, looked up where it wants that.</summary>
    private sealed class ListingVisitor(MountTree tree, NodeId parent, bool plus, IDirectorySink sink) : IFolderVisitor
    {
        public bool Full { get; private set; }

        public bool Visit(ReadOnlySpan<byte> name, ulong inode, uint mode, ulong next)
        {
            Full = !sink.Fits(name.Length);
            if (Full)
                return false;
            // What is above the root isn't the mount's.
            bool above = parent == NodeId.Root && name.SequenceEqual(".."u8);
            using PinnedRef folder = tree.nodes.Pin(parent);
            inode = above ? tree.numbers.Root : tree.numbers.Of(new FileKey(tree.nodes.KeyOf(parent).Device, inode), folder.Reference);
            if (!plus)
            {
                sink.Add(name, inode, mode, next);
                return true;
            }
            Entry entry = default;
            bool itself = name.SequenceEqual("."u8) || name.SequenceEqual(".."u8);
            // What can't be looked up now (a mount point, a name that just went) is listed all the same, and looked up when it is used.
            if (!itself && tree.LookupLive(parent, name, out entry) == FsError.None)
                sink.AddPlus(name, entry.Inode, entry.Attributes.Mode, next, entry);
            else
                sink.AddPlus(name, inode, mode, next, default);
            return true;
        }
    }
}
