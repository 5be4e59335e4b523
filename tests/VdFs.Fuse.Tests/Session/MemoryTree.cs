using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;

namespace VdFs.Fuse.Tests.Session;

/// <summary>A tree in memory under one lock, with enough of a filesystem to drive the protocol by shell commands.</summary>
internal sealed partial class MemoryTree : UnsupportedTree
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(1);

    private readonly Lock guard = new();
    private readonly Dictionary<ulong, MemoryNode> nodes = [];

    public MemoryTree()
    {
        MemoryNode root = NewNode(FileAttributes.TypeDirectory | 0x1ED, new Caller(0, 0, 0));
        root.Attributes.Links = 2;
    }

    /// <summary>Names as strings of one char per byte.</summary>
    private static string Text(ReadOnlySpan<byte> name) => Encoding.Latin1.GetString(name);

    public override FsError Lookup(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, out Entry entry)
    {
        lock (guard)
        {
            entry = default;
            return nodes[parent.Value].Children.TryGetValue(Text(name), out MemoryNode? node) ? Found(node, out entry) : FsError.NotFound;
        }
    }

    public override FsError GetAttributes(OperationContext context, NodeId node, ulong? handle, out FileAttributes attributes, out ulong inode, out TimeSpan valid)
    {
        lock (guard)
        {
            attributes = nodes[node.Value].Attributes;
            inode = node.Value;
            valid = Remembered;
            return FsError.None;
        }
    }

    public override FsError SetAttributes(OperationContext context, NodeId node, in AttributeChange change, out FileAttributes attributes, out ulong inode, out TimeSpan valid)
    {
        lock (guard)
        {
            MemoryNode target = nodes[node.Value];
            AttributeFields fields = change.Fields;
            TimeSpec now = TimeSpec.From(DateTimeOffset.UtcNow);
            if ((fields & AttributeFields.Mode) != 0)
                target.Attributes.Mode = (target.Attributes.Mode & FileAttributes.TypeMask) | (change.Mode & ~FileAttributes.TypeMask);
            if ((fields & AttributeFields.Uid) != 0)
                target.Attributes.Uid = change.Uid;
            if ((fields & AttributeFields.Gid) != 0)
                target.Attributes.Gid = change.Gid;
            if ((fields & AttributeFields.Size) != 0)
                target.Resize(change.Size);
            if ((fields & (AttributeFields.AccessTime | AttributeFields.AccessTimeNow)) != 0)
                target.Attributes.AccessTime = (fields & AttributeFields.AccessTime) != 0 ? change.AccessTime : now;
            if ((fields & (AttributeFields.ModifyTime | AttributeFields.ModifyTimeNow)) != 0)
                target.Attributes.ModifyTime = (fields & AttributeFields.ModifyTime) != 0 ? change.ModifyTime : now;
        }
        return GetAttributes(context, node, null, out attributes, out inode, out valid);
    }

    public override FsError ReadLink(OperationContext context, NodeId node, Span<byte> target, out int length)
    {
        lock (guard)
        {
            byte[] content = nodes[node.Value].Content;
            content.CopyTo(target);
            length = content.Length;
            return FsError.None;
        }
    }

    public override FsError MakeNode(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, uint rawDevice, out Entry entry)
    {
        lock (guard)
        {
            FsError error = Add(context, parent, name, mode & ~umask, out MemoryNode? node, out entry);
            if (node is not null)
                node.Attributes.RawDevice = rawDevice;
            return error;
        }
    }

    public override FsError MakeDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, out Entry entry)
    {
        lock (guard)
            return Add(context, parent, name, FileAttributes.TypeDirectory | (mode & ~umask), out _, out entry);
    }

    public override FsError MakeSymlink(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target, out Entry entry)
    {
        lock (guard)
        {
            FsError error = Add(context, parent, name, FileAttributes.TypeSymlink | 0x1FF, out MemoryNode? node, out entry);
            if (node is not null)
            {
                node.Content = target.ToArray();
                node.Attributes.Size = target.Length;
                entry.Attributes = node.Attributes;
            }
            return error;
        }
    }

    public override FsError Link(OperationContext context, NodeId node, NodeId newParent, ReadOnlySpan<byte> newName, out Entry entry)
    {
        lock (guard)
        {
            entry = default;
            if (!nodes[newParent.Value].Children.TryAdd(Text(newName), nodes[node.Value]))
                return FsError.AlreadyExists;
            nodes[node.Value].Attributes.Links++;
            return Found(nodes[node.Value], out entry);
        }
    }

    public override FsError Unlink(OperationContext context, NodeId parent, ReadOnlySpan<byte> name) => Remove(parent, name);

    public override FsError RemoveDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name)
    {
        lock (guard)
        {
            if (nodes[parent.Value].Children.TryGetValue(Text(name), out MemoryNode? node) && node.Children.Count > 0)
                return FsError.DirectoryNotEmpty;
        }
        return Remove(parent, name);
    }

    public override FsError Rename(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, NodeId newParent, ReadOnlySpan<byte> newName, RenameMode mode)
    {
        lock (guard)
        {
            SortedDictionary<string, MemoryNode> from = nodes[parent.Value].Children, to = nodes[newParent.Value].Children;
            if (!from.TryGetValue(Text(name), out MemoryNode? moved))
                return FsError.NotFound;
            bool replaced = to.TryGetValue(Text(newName), out MemoryNode? other);
            if (mode == RenameMode.NoReplace && replaced)
                return FsError.AlreadyExists;
            if (mode == RenameMode.Exchange && !replaced)
                return FsError.NotFound;
            from.Remove(Text(name));
            to[Text(newName)] = moved;
            if (mode == RenameMode.Exchange)
                from[Text(name)] = other!;
            return FsError.None;
        }
    }

    public override FsError Statistics(OperationContext context, NodeId node, out FileSystemStatistics statistics)
    {
        statistics = new FileSystemStatistics { Blocks = 1000, FreeBlocks = 500, AvailableBlocks = 400, Files = 77, FreeFiles = 33, BlockSize = 4096, FragmentSize = 4096, NameLength = 255 };
        return FsError.None;
    }

    private FsError Remove(NodeId parent, ReadOnlySpan<byte> name)
    {
        lock (guard)
        {
            if (!nodes[parent.Value].Children.Remove(Text(name), out MemoryNode? node))
                return FsError.NotFound;
            node.Attributes.Links--;
            return FsError.None;
        }
    }

    private FsError Add(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, out MemoryNode? node, out Entry entry)
    {
        entry = default;
        node = null;
        if (name.Length > 255)
            return FsError.NameTooLong;
        if (nodes[parent.Value].Children.ContainsKey(Text(name)))
            return FsError.AlreadyExists;
        node = NewNode(mode, context.Caller);
        nodes[parent.Value].Children.Add(Text(name), node);
        return Found(node, out entry);
    }

    private MemoryNode NewNode(uint mode, Caller owner)
    {
        TimeSpec now = TimeSpec.From(DateTimeOffset.UtcNow);
        var node = new MemoryNode
        {
            Id = (ulong)nodes.Count + 1,
            Attributes = new FileAttributes
            {
                Mode = mode, Links = 1, Uid = owner.Uid, Gid = owner.Gid, BlockSize = 4096,
                AccessTime = now, ModifyTime = now, ChangeTime = now, BirthTime = new TimeSpec(1_000_000_000, 5),
            },
        };
        nodes.Add(node.Id, node);
        return node;
    }

    private static FsError Found(MemoryNode node, out Entry entry)
    {
        entry = new Entry { Node = new NodeId(node.Id), Attributes = node.Attributes, Inode = node.Id, EntryValid = Remembered, AttributesValid = Remembered };
        return FsError.None;
    }
}
