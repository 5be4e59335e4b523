using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;

namespace VdFs.Fuse.Tests.Session;

internal sealed partial class MemoryTree
{
    /// <summary>What the last fsync of any file was: 0 none, 1 with attributes, 2 data only.</summary>
    public volatile int LastSync;

    /// <summary>Durability of the last write.</summary>
    public volatile WriteDurability LastDurability;

    /// <summary>Called before each read, with nothing locked.</summary>
    public Action<NodeId>? BeforeRead { get; set; }

    public override FsError Open(OperationContext context, NodeId node, OpenIntent intent, out OpenResult result)
    {
        lock (guard)
        {
            if ((intent & OpenIntent.Truncate) != 0)
                nodes[node.Value].Resize(0);
            result = new OpenResult { Handle = node.Value, Direct = (intent & OpenIntent.Direct) != 0 };
            return FsError.None;
        }
    }

    public override FsError Create(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, OpenIntent intent, out Entry entry, out OpenResult result)
    {
        lock (guard)
        {
            result = default;
            FsError error = Add(context, parent, name, FileAttributes.TypeRegular | (mode & 0xFFF & ~umask), out MemoryNode? node, out entry);
            if (node is not null)
                result.Handle = node.Id;
            return error;
        }
    }

    public override FsError CreateUnnamed(OperationContext context, NodeId parent, uint mode, uint umask, OpenIntent intent, out Entry entry, out OpenResult result)
    {
        lock (guard)
        {
            MemoryNode node = NewNode(FileAttributes.TypeRegular | (mode & 0xFFF & ~umask), context.Caller);
            node.Attributes.Links = 0;
            result = new OpenResult { Handle = node.Id };
            return Found(node, out entry);
        }
    }

    public override FsError Read(OperationContext context, NodeId node, ulong handle, long offset, Span<byte> buffer, out int read)
    {
        BeforeRead?.Invoke(node);
        lock (guard)
        {
            byte[] content = nodes[node.Value].Content;
            read = (int)Math.Clamp(content.Length - offset, 0, buffer.Length);
            content.AsSpan((int)Math.Min(offset, content.Length), read).CopyTo(buffer);
            return FsError.None;
        }
    }

    public override FsError Write(OperationContext context, NodeId node, ulong handle, long offset, ReadOnlySpan<byte> data, WriteDurability durability, bool killPrivileges, out int written)
    {
        lock (guard)
        {
            LastDurability = durability;
            MemoryNode target = nodes[node.Value];
            if (offset + data.Length > target.Content.Length)
                target.Resize(offset + data.Length);
            data.CopyTo(target.Content.AsSpan((int)offset));
            target.Attributes.ModifyTime = TimeSpec.From(DateTimeOffset.UtcNow);
            written = data.Length;
            return FsError.None;
        }
    }

    public override FsError Sync(OperationContext context, NodeId node, ulong handle, bool dataOnly)
    {
        if (!context.Worker.MayWait)
            throw new InvalidOperationException("a sync on a thread that may not wait");
        LastSync = dataOnly ? 2 : 1;
        return FsError.None;
    }

    public override FsError Allocate(OperationContext context, NodeId node, ulong handle, AllocateMode mode, long offset, long length)
    {
        lock (guard)
        {
            MemoryNode target = nodes[node.Value];
            if ((mode & AllocateMode.KeepSize) == 0 && target.Content.Length < offset + length)
                target.Resize(offset + length);
            if ((mode & (AllocateMode.PunchHole | AllocateMode.ZeroRange)) != 0)
                target.Content.AsSpan((int)offset, (int)Math.Min(length, target.Content.Length - offset)).Clear();
            return FsError.None;
        }
    }

    public override FsError Seek(OperationContext context, NodeId node, ulong handle, long offset, bool hole, out long result)
    {
        lock (guard)
        {
            long end = nodes[node.Value].Content.Length;
            result = hole ? end : offset;
            return offset < end ? FsError.None : FsError.NoSuchAddress;
        }
    }

    public override FsError CopyRange(OperationContext context, NodeId source, ulong sourceHandle, long sourceOffset, NodeId target, ulong targetHandle, long targetOffset, long length, out long copied)
    {
        lock (guard)
        {
            byte[] content = nodes[source.Value].Content;
            int count = (int)Math.Clamp(content.Length - sourceOffset, 0, length);
            FsError error = Write(context, target, targetHandle, targetOffset, content.AsSpan((int)sourceOffset, count), WriteDurability.None, false, out int written);
            copied = written;
            return error;
        }
    }

    public override FsError OpenDirectory(OperationContext context, NodeId node, out OpenResult result)
    {
        result = new OpenResult { Handle = node.Value };
        return FsError.None;
    }

    public override FsError ReadDirectory(OperationContext context, NodeId node, ulong handle, ulong offset, bool plus, IDirectorySink sink)
    {
        lock (guard)
        {
            ulong position = 0;
            foreach ((string name, MemoryNode child) in nodes[node.Value].Children)
            {
                position++;
                if (position <= offset)
                    continue;
                byte[] bytes = Encoding.Latin1.GetBytes(name);
                if (!sink.Fits(bytes.Length))
                    break;
                Entry entry = default;
                if (plus && Found(child, out entry) == FsError.None)
                    sink.AddPlus(bytes, child.Id, child.Attributes.Mode, position, entry);
                else
                    sink.Add(bytes, child.Id, child.Attributes.Mode, position);
            }
            return FsError.None;
        }
    }

    public override FsError GetExtendedAttribute(OperationContext context, NodeId node, ReadOnlySpan<byte> name, Span<byte> value, out int length)
    {
        lock (guard)
        {
            length = 0;
            if (!nodes[node.Value].ExtendedAttributes.TryGetValue(Text(name), out byte[]? found))
                return FsError.NoData;
            length = found.Length;
            return Fill(found, value);
        }
    }

    public override FsError ListExtendedAttributes(OperationContext context, NodeId node, Span<byte> names, out int length)
    {
        lock (guard)
        {
            byte[] all = Encoding.Latin1.GetBytes(string.Concat(nodes[node.Value].ExtendedAttributes.Keys.Select(k => k + '\0')));
            length = all.Length;
            return Fill(all, names);
        }
    }

    public override FsError SetExtendedAttribute(OperationContext context, NodeId node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ExtendedAttributeMode mode, bool killSetGroupId)
    {
        lock (guard)
            nodes[node.Value].ExtendedAttributes[Text(name)] = value.ToArray();
        return FsError.None;
    }

    public override FsError RemoveExtendedAttribute(OperationContext context, NodeId node, ReadOnlySpan<byte> name)
    {
        lock (guard)
            return nodes[node.Value].ExtendedAttributes.Remove(Text(name)) ? FsError.None : FsError.NoData;
    }

    private static FsError Fill(byte[] value, Span<byte> room)
    {
        if (room.IsEmpty)
            return FsError.None;
        if (room.Length < value.Length)
            return FsError.OutOfRange;
        value.CopyTo(room);
        return FsError.None;
    }
}
