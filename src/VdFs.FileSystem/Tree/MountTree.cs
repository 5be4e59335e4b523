using VdFs.Core;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Space;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Nodes;
using VdFs.FileSystem.Views;

namespace VdFs.FileSystem.Tree;

/// <summary>
/// The tree that a mount shows: the backing directory, every write to it by way of the engine, and `.snapshots` at its root. Whatever changes
/// data, a name or an attribute passes the engine's gate.
/// </summary>
/// <remarks>Owns what it opens; engine, backing directory and the tables' memory are its maker's and outlive it.</remarks>
public sealed partial class MountTree : ITree, IDisposable
{
    /// <summary>Longest name of a component, in bytes.</summary>
    private const int MaxName = 255;

    private readonly Engine engine;
    private readonly IBackingDirectory backing;
    private readonly TreeOptions options;
    private readonly NodeTable nodes;
    private readonly HandleTable handles;
    private readonly SnapshotFolder snapshots;
    private readonly NameLosses losses;
    private readonly AttributeChanges changes;

    private readonly LiveNumbers numbers;

    /// <summary>Null: the kernel reads nothing by itself.</summary>
    private readonly BackingIds? backingIds;

    private MountTree(Engine engine, IBackingDirectory backing, TableMemory nodeMemory, TableMemory handleMemory, in FileAttributes root, IClientCache cache, TreeOptions options)
    {
        this.engine = engine;
        this.backing = backing;
        this.options = options;
        nodes = new NodeTable(nodeMemory, backing, root, options.Keeper, options.Descriptors);
        handles = new HandleTable(handleMemory);
        losses = new NameLosses(engine, backing, nodes);
        changes = new AttributeChanges(engine, backing, nodes);
        numbers = new LiveNumbers(engine.LiveInodes, backing, root.Key);
        snapshots = new SnapshotFolder(engine, backing, handles, cache, options, numbers);
        if (options is { ReadOnly: true, Passthrough: { } passthrough })
            backingIds = new BackingIds(passthrough, handles);
    }

    public static FsError Create(
        Engine engine, IBackingDirectory backing, TableMemory nodeMemory, TableMemory handleMemory, IClientCache cache, TreeOptions options, out MountTree? tree)
    {
        FsError error = backing.GetAttributes(backing.Root, out FileAttributes root);
        tree = error == FsError.None ? new MountTree(engine, backing, nodeMemory, handleMemory, root, cache, options) : null;
        tree?.FollowRenames();
        return error;
    }

    public WaitingRoom WaitingRoom => engine.WaitingRoom;

    public OperationContext CreateContext(bool mayWait) => new(new Worker(engine.Gate, mayWait), options.Journal);

    public FsError Lookup(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, out Entry entry)
    {
        entry = default;
        if (SnapshotNode.Is(parent))
            return snapshots.Lookup(context, parent, name, out entry);
        if (IsSnapshotsName(parent, name))
            return snapshots.LookupFolder(out entry);
        return CheckName(name) is var bad && bad != FsError.None ? bad : LookupLive(parent, name, out entry);
    }

    public void Forget(OperationContext context, NodeId node, ulong count)
    {
        if (!SnapshotNode.Is(node))
            nodes.Forget(node, count);
    }

    public FsError Statistics(OperationContext context, NodeId node, out FileSystemStatistics statistics) =>
        backing.Statistics(backing.Root, out statistics);

    public FsError SyncAll(OperationContext context) => backing.SyncAll();

    public void Dispose()
    {
        foreach (IDisposable opened in handles.All<IDisposable>())
            opened.Dispose();
        nodes.Dispose();
    }

    private FsError LookupLive(NodeId parent, ReadOnlySpan<byte> name, out Entry entry)
    {
        entry = default;
        using PinnedRef folder = nodes.Pin(parent);
        if (folder.IsNone)
            return folder.Error;
        FsError error = backing.Lookup(folder.Reference, name, out BackingRef found, out FileAttributes attributes);
        return error == FsError.None ? Enter(parent, name, found, attributes, out entry) : error;
    }

    /// <summary>Makes an entry of a file that was found or created; the reference goes to the node table.</summary>
    private FsError Enter(NodeId parent, ReadOnlySpan<byte> name, BackingRef found, FileAttributes attributes, out Entry entry)
    {
        entry = default;
        // Before the reference is the table's.
        ulong inode = numbers.Of(attributes.Key, found);
        FsError error = nodes.Add(parent, name, found, attributes.Key, out NodeId node);
        if (error != FsError.None)
            return error;
        entry.Node = node;
        entry.Attributes = Shown(attributes);
        entry.Inode = inode;
        entry.EntryValid = options.Remember;
        entry.AttributesValid = Memorable(attributes);
        return FsError.None;
    }

    /// <summary>Attributes as clients see them: the hidden link of a retained image isn't counted.</summary>
    private FileAttributes Shown(FileAttributes attributes)
    {
        if (attributes.IsRegular && attributes.Links > 0 && engine.Images.TryGet(attributes.Key, out Image? image) && image!.Retained)
            attributes.Links--;
        return attributes;
    }

    /// <summary>The image of a file that is about to be written, deleted or replaced.</summary>
    internal static FsError FindImage(Engine engine, IBackingDirectory backing, BackingRef file, in FileAttributes attributes, out Image? image)
    {
        image = engine.Images.Find(attributes.Key, attributes.BirthTime);
        if (image is not null)
            return FsError.None;
        FsError error = backing.Identify(file, out ImageIdentity? identity);
        if (error == FsError.None)
            image = engine.Images.Add(attributes.Key, identity!);
        return error;
    }

    private static bool IsSnapshotsName(NodeId parent, ReadOnlySpan<byte> name) =>
        parent == NodeId.Root && name.SequenceEqual(SnapshotNode.FolderName);

    private static FsError CheckName(ReadOnlySpan<byte> name)
    {
        if (name.Length > MaxName)
            return FsError.NameTooLong;
        return name.IsEmpty || name.ContainsAny((byte)'/', (byte)0) || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8)
            ? FsError.InvalidArgument : FsError.None;
    }

}
