using System.Text;
using VdFs.Core;
using VdFs.Core.Errors;
using VdFs.Core.Inodes;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Nodes;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Views;

/// <summary>
/// `.snapshots`: the views of all held snapshots, `.checkpoints`, and commands given by mkdir, rmdir and mv. Views are read-only and never change;
/// one that can't be served exactly gives an I/O error and says why in `user.vdfs.state`.
/// </summary>
internal sealed partial class SnapshotFolder
{
    private const uint DirectoryMode = FileAttributes.TypeDirectory;

    /// <summary>What a view shows can't change; clients may remember it for long.</summary>
    internal static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly Engine engine;
    private readonly IBackingDirectory backing;
    private readonly HandleTable handles;
    private readonly IClientCache cache;
    private readonly TreeOptions options;
    private readonly DeltaFolder deltas;
    private readonly LiveNumbers numbers;

    public SnapshotFolder(Engine engine, IBackingDirectory backing, HandleTable handles, IClientCache cache, TreeOptions options, LiveNumbers numbers)
    {
        this.numbers = numbers;
        this.engine = engine;
        this.backing = backing;
        this.handles = handles;
        this.cache = cache;
        this.options = options;
        deltas = new DeltaFolder(engine, this, handles, cache, options);
        engine.Changed = OnChanged;
    }

    /// <summary>What changing anything at a node is answered with: views are read-only, the folders above them take commands only.</summary>
    public static FsError Refusal(NodeId node) =>
        SnapshotNode.CutOf(node) == 0 || SnapshotNode.IsCheckpoint(node) ? FsError.NotPermitted : FsError.ReadOnly;

    public FsError LookupFolder(out Entry entry) => EntryOf(SnapshotNode.Folder, out entry);

    public FsError Lookup(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, out Entry entry)
    {
        entry = default;
        if (SnapshotNode.IsDelta(parent))
            return deltas.Lookup(context, parent, name, out entry);
        if (parent == SnapshotNode.Folder)
        {
            if (DeltaFolder.IsName(name))
                return deltas.Enter(context, name, out entry);
            if (name.SequenceEqual(SnapshotNode.CheckpointsName))
                return EntryOf(SnapshotNode.Checkpoints, out entry);
            Snapshot? held = engine.Snapshots.FindHeld(Encoding.UTF8.GetString(name));
            return held is null ? FsError.NotFound : EntryOf(SnapshotNode.Of(held.Number, 0), out entry);
        }
        if (parent == SnapshotNode.Checkpoints)
        {
            Snapshot? checkpoint = engine.Snapshots.FindCheckpoint(Encoding.UTF8.GetString(name));
            return checkpoint is null ? FsError.NotFound : EntryOf(SnapshotNode.OfCheckpoint(checkpoint.Number), out entry);
        }
        if (SnapshotNode.IsCheckpoint(parent))
            return FsError.NotFound;
        FsError error = Find(parent, out Snapshot? snapshot, out FileListEntry? folder);
        if (error != FsError.None)
            return error;
        FileListEntry? found = snapshot!.Files.Find(folder!, name);
        return found is null ? FsError.NotFound : EntryOf(SnapshotNode.Of(snapshot.Number, snapshot.Files.FirstLink(found).Index), out entry);
    }

    public FsError GetAttributes(OperationContext context, NodeId node, out FileAttributes attributes, out ulong inode, out TimeSpan valid) =>
        SnapshotNode.IsDelta(node) ? deltas.GetAttributes(context, node, out attributes, out inode, out valid) : GetAttributes(node, out attributes, out inode, out valid);

    private FsError GetAttributes(NodeId node, out FileAttributes attributes, out ulong inode, out TimeSpan valid)
    {
        inode = node == SnapshotNode.Checkpoints ? InodePool.CheckpointsFolder : InodePool.SnapshotsFolder;
        valid = default;
        // Not to be remembered: who may cut is the root's mode, at once.
        if (SnapshotNode.CutOf(node) == 0)
            return FolderAttributes(node, out attributes);
        if (SnapshotNode.IsCheckpoint(node))
            return CheckpointAttributes(node, out attributes, out inode);
        attributes = default;
        FsError error = Find(node, out Snapshot? snapshot, out FileListEntry? entry);
        if (error != FsError.None)
            return error;
        // Released since.
        if (snapshot!.Inodes is not { } inodes)
            return FsError.Io;
        // With permissions to write, as copies are to have them; whoever tries it learns that all of it is read-only.
        attributes = entry!.Attributes;
        attributes.ChangeTime = inodes.ChangeTimeOf(entry);
        inode = inodes.Of(entry);
        valid = Long;
        return FsError.None;
    }

    public FsError ReadLink(NodeId node, Span<byte> target, out int length)
    {
        length = 0;
        if (SnapshotNode.IsDelta(node))
            return FsError.InvalidArgument;
        FsError error = Find(node, out _, out FileListEntry? entry);
        if (error != FsError.None)
            return error;
        if (entry!.SymlinkTarget is not { } link)
            return FsError.InvalidArgument;
        length = Math.Min(link.Length, target.Length);
        link.AsSpan(0, length).CopyTo(target);
        return FsError.None;
    }

    /// <summary>The entry of a view; an I/O error once its snapshot is released.</summary>
    private FsError Find(NodeId node, out Snapshot? snapshot, out FileListEntry? entry)
    {
        entry = null;
        snapshot = engine.Snapshots.Find(SnapshotNode.CutOf(node));
        if (snapshot is null || !snapshot.Held)
            return FsError.Io;
        entry = snapshot.Files.At(SnapshotNode.PlaceOf(node));
        return entry is null ? FsError.Stale : FsError.None;
    }

    private FsError EntryOf(NodeId node, out Entry entry)
    {
        entry = default;
        FsError error = GetAttributes(node, out entry.Attributes, out entry.Inode, out entry.AttributesValid);
        if (error != FsError.None)
            return error;
        entry.Node = node;
        // Names of snapshots come and go, also by the command; names inside of a view never do, nor do those of the two folders: each path to a view leads through them.
        bool inside = SnapshotNode.CutOf(node) != 0 && !SnapshotNode.IsCheckpoint(node) && SnapshotNode.PlaceOf(node) != 0;
        entry.EntryValid = inside || SnapshotNode.CutOf(node) == 0 ? Long : TimeSpan.Zero;
        return FsError.None;
    }

    /// <summary>`.snapshots` has the owner and mode of the root directory, so that cutting and releasing need write permission there.</summary>
    private FsError FolderAttributes(NodeId node, out FileAttributes attributes)
    {
        FsError error = backing.GetAttributes(backing.Root, out FileAttributes root);
        attributes = root;
        if (error != FsError.None)
            return error;
        IReadOnlyList<Snapshot> all = engine.Snapshots.All;
        bool checkpoints = node == SnapshotNode.Checkpoints;
        attributes.Links = 2 + (uint)all.Count(s => s.Held != checkpoints) + (checkpoints ? 0u : 1u);
        attributes.Size = 0;
        attributes.Blocks = 0;
        TimeSpec time = all.Count == 0 ? root.BirthTime : TimeSpec.From(all[^1].Time);
        attributes.ModifyTime = time;
        attributes.ChangeTime = time;
        attributes.AccessTime = time;
        return node == SnapshotNode.Folder || checkpoints ? FsError.None : FsError.Stale;
    }

    private FsError CheckpointAttributes(NodeId node, out FileAttributes attributes, out ulong inode)
    {
        inode = 0;
        FsError error = FolderAttributes(SnapshotNode.Checkpoints, out attributes);
        if (error != FsError.None)
            return error;
        Snapshot? checkpoint = engine.Snapshots.Find(SnapshotNode.CutOf(node));
        if (checkpoint is null || checkpoint.Held)
            return FsError.NotFound;
        inode = checkpoint.FolderInode;
        TimeSpec time = TimeSpec.From(checkpoint.Time);
        // 0555: nothing can be put there.
        attributes.Mode = DirectoryMode | (attributes.Mode & 0x16D);
        attributes.Links = 2;
        attributes.ModifyTime = time;
        attributes.ChangeTime = time;
        attributes.AccessTime = time;
        attributes.BirthTime = time;
        return FsError.None;
    }

    /// <summary>What clients have cached of a released view must not be answered any more.</summary>
    private void OnChanged(SnapshotEvent change)
    {
        if (change.Kind == SnapshotEventKind.Released)
        {
            foreach (NodeId node in handles.All<ViewFile>().Where(f => f.Snapshot == change.Snapshot).Select(f => f.Node).Distinct())
                cache.InvalidateNode(node);
            deltas.Forget(change.Snapshot);
        }
        cache.InvalidateNode(SnapshotNode.Folder);
        cache.InvalidateNode(SnapshotNode.Checkpoints);
    }
}
