using VdFs.Core;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;

namespace VdFs.Fuse.Tests.Session;

/// <summary>A tree in which nothing works; a small tree overrides what it has.</summary>
internal abstract class UnsupportedTree : ITree, IDisposable
{
    private readonly Gate gate = new();

    public virtual OperationContext CreateContext(bool mayWait) => new(new Worker(gate, mayWait));

    public virtual FsError Lookup(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, out Entry entry)
    {
        entry = default;
        return FsError.NotSupported;
    }

    public virtual void Forget(OperationContext context, NodeId node, ulong count)
    {
    }

    public virtual FsError GetAttributes(OperationContext context, NodeId node, ulong? handle, out FileAttributes attributes, out ulong inode, out TimeSpan valid)
    {
        attributes = default;
        inode = default;
        valid = default;
        return FsError.NotSupported;
    }

    public virtual FsError SetAttributes(OperationContext context, NodeId node, in AttributeChange change, out FileAttributes attributes, out ulong inode, out TimeSpan valid)
    {
        attributes = default;
        inode = default;
        valid = default;
        return FsError.NotSupported;
    }

    public virtual FsError ReadLink(OperationContext context, NodeId node, Span<byte> target, out int length)
    {
        length = default;
        return FsError.NotSupported;
    }

    public virtual FsError MakeNode(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, uint rawDevice, out Entry entry)
    {
        entry = default;
        return FsError.NotSupported;
    }

    public virtual FsError MakeDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, out Entry entry)
    {
        entry = default;
        return FsError.NotSupported;
    }

    public virtual FsError MakeSymlink(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target, out Entry entry)
    {
        entry = default;
        return FsError.NotSupported;
    }

    public virtual FsError Link(OperationContext context, NodeId node, NodeId newParent, ReadOnlySpan<byte> newName, out Entry entry)
    {
        entry = default;
        return FsError.NotSupported;
    }

    public virtual FsError Unlink(OperationContext context, NodeId parent, ReadOnlySpan<byte> name) => FsError.NotSupported;

    public virtual FsError RemoveDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name) => FsError.NotSupported;

    public virtual FsError Rename(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, NodeId newParent, ReadOnlySpan<byte> newName, RenameMode mode) => FsError.NotSupported;

    public virtual FsError Open(OperationContext context, NodeId node, OpenIntent intent, out OpenResult result)
    {
        result = default;
        return FsError.NotSupported;
    }

    public virtual FsError Create(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, OpenIntent intent, out Entry entry, out OpenResult result)
    {
        entry = default;
        result = default;
        return FsError.NotSupported;
    }

    public virtual FsError CreateUnnamed(OperationContext context, NodeId parent, uint mode, uint umask, OpenIntent intent, out Entry entry, out OpenResult result)
    {
        entry = default;
        result = default;
        return FsError.NotSupported;
    }

    public virtual FsError Read(OperationContext context, NodeId node, ulong handle, long offset, Span<byte> buffer, out int read)
    {
        read = default;
        return FsError.NotSupported;
    }

    public virtual FsError Write(OperationContext context, NodeId node, ulong handle, long offset, ReadOnlySpan<byte> data, WriteDurability durability, bool killPrivileges, out int written)
    {
        written = default;
        return FsError.NotSupported;
    }

    public virtual FsError Flush(OperationContext context, NodeId node, ulong handle) => FsError.None;

    public virtual void Release(OperationContext context, NodeId node, ulong handle)
    {
    }

    public virtual FsError Sync(OperationContext context, NodeId node, ulong handle, bool dataOnly) => FsError.None;

    public virtual FsError Allocate(OperationContext context, NodeId node, ulong handle, AllocateMode mode, long offset, long length) => FsError.NotSupported;

    public virtual FsError Seek(OperationContext context, NodeId node, ulong handle, long offset, bool hole, out long result)
    {
        result = default;
        return FsError.NotSupported;
    }

    public virtual FsError CopyRange(OperationContext context, NodeId source, ulong sourceHandle, long sourceOffset, NodeId target, ulong targetHandle, long targetOffset, long length, out long copied)
    {
        copied = default;
        return FsError.NotSupported;
    }

    public virtual FsError OpenDirectory(OperationContext context, NodeId node, out OpenResult result)
    {
        result = default;
        return FsError.NotSupported;
    }

    public virtual FsError ReadDirectory(OperationContext context, NodeId node, ulong handle, ulong offset, bool plus, IDirectorySink sink) => FsError.NotSupported;

    public virtual void ReleaseDirectory(OperationContext context, NodeId node, ulong handle)
    {
    }

    public virtual FsError SyncDirectory(OperationContext context, NodeId node, ulong handle, bool dataOnly) => FsError.None;

    public virtual FsError Statistics(OperationContext context, NodeId node, out FileSystemStatistics statistics)
    {
        statistics = default;
        return FsError.NotSupported;
    }

    public virtual FsError GetExtendedAttribute(OperationContext context, NodeId node, ReadOnlySpan<byte> name, Span<byte> value, out int length)
    {
        length = default;
        return FsError.NotSupported;
    }

    public virtual FsError ListExtendedAttributes(OperationContext context, NodeId node, Span<byte> names, out int length)
    {
        length = default;
        return FsError.NotSupported;
    }

    public virtual FsError SetExtendedAttribute(OperationContext context, NodeId node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ExtendedAttributeMode mode, bool killSetGroupId) => FsError.NotSupported;

    public virtual FsError RemoveExtendedAttribute(OperationContext context, NodeId node, ReadOnlySpan<byte> name) => FsError.NotSupported;

    public virtual FsError SyncAll(OperationContext context) => FsError.None;

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => gate.Dispose();
}
