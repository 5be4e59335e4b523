using System.Buffers;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Journal;
using VdFs.FileSystem.Views;

namespace VdFs.FileSystem.Tree;

/// <summary>Attributes and extended attributes.</summary>
public sealed partial class MountTree
{
    public FsError GetAttributes(OperationContext context, NodeId node, ulong? handle, out FileAttributes attributes, out ulong inode, out TimeSpan valid)
    {
        attributes = default;
        inode = 0;
        valid = default;
        if (SnapshotNode.Is(node))
            return snapshots.GetAttributes(context, node, out attributes, out inode, out valid);
        using PinnedRef file = nodes.Pin(node);
        if (file.IsNone)
            return file.Error;
        FsError error = backing.GetAttributes(file.Reference, out attributes);
        attributes = Shown(attributes);
        inode = error == FsError.None ? numbers.Of(attributes.Key, file.Reference) : 0;
        valid = Memorable(attributes);
        return error;
    }

    public FsError SetAttributes(OperationContext context, NodeId node, in AttributeChange change, out FileAttributes attributes, out ulong inode, out TimeSpan valid)
    {
        attributes = default;
        inode = 0;
        valid = default;
        if (SnapshotNode.Is(node))
            return SnapshotFolder.Refusal(node);
        using PinnedRef file = nodes.Pin(node);
        if (file.IsNone)
            return file.Error;
        // Clearing set-id bits is part of other requests, and does no harm a second time.
        bool journaled = change.Fields != AttributeFields.KillPrivileges;
        if (!journaled || !IsChanged(context, out FsError error))
        {
            error = Change(context, node, file.Reference, change);
            if (journaled)
                EndUnlessItWaits(context, error);
        }
        return error == FsError.None ? GetAttributes(context, node, change.Handle, out attributes, out inode, out valid) : error;
    }

    private FsError Change(OperationContext context, NodeId node, BackingRef file, in AttributeChange change)
    {
        if ((change.Fields & AttributeFields.Size) == 0)
            return changes.Apply(context, node, file, change);
        // Privileges go before the content changes; all else comes after it.
        AttributeChange clearing = change with { Fields = change.Fields & AttributeFields.KillPrivileges };
        AttributeChange others = change with { Fields = change.Fields & ~(AttributeFields.Size | AttributeFields.KillPrivileges) };
        FsError error = clearing.Fields != 0 ? changes.Apply(context, node, file, clearing) : FsError.None;
        if (error == FsError.None)
            error = SetLength(context, node, file, change);
        return error == FsError.None && others.Fields != 0 ? changes.Apply(context, node, file, others) : error;
    }

    /// <summary>
    /// For how long the kernel may remember a live file's attributes. Those with set-id bits not at all: it doesn't forget the mode when a write clears them.
    /// </summary>
    private TimeSpan Memorable(in FileAttributes attributes) => attributes.HasSetIds ? TimeSpan.Zero : options.Remember;

    public FsError GetFlags(OperationContext context, NodeId node, FlagsForm form, Span<byte> value)
    {
        if (SnapshotNode.Is(node))
            return FsError.NotSupported;
        using PinnedRef file = nodes.Pin(node);
        return file.IsNone ? file.Error : backing.GetFlags(file.Reference, form, value);
    }

    public FsError SetFlags(OperationContext context, NodeId node, FlagsForm form, ReadOnlySpan<byte> value)
    {
        if (SnapshotNode.Is(node))
            return SnapshotFolder.Refusal(node);
        using PinnedRef file = nodes.Pin(node);
        if (file.IsNone)
            return file.Error;
        if (IsChanged(context, out FsError error))
            return error;
        error = changes.ApplyFlags(context, node, file.Reference, form, value);
        EndUnlessItWaits(context, error);
        return error;
    }

    public FsError ReadLink(OperationContext context, NodeId node, Span<byte> target, out int length)
    {
        length = 0;
        if (SnapshotNode.Is(node))
            return snapshots.ReadLink(node, target, out length);
        using PinnedRef link = nodes.Pin(node);
        return link.IsNone ? link.Error : backing.ReadLink(link.Reference, target, out length);
    }

    public FsError GetExtendedAttribute(OperationContext context, NodeId node, ReadOnlySpan<byte> name, Span<byte> value, out int length)
    {
        length = 0;
        if (SnapshotNode.Is(node))
            return snapshots.GetExtendedAttribute(node, name, value, out length);
        using PinnedRef file = nodes.Pin(node);
        return file.IsNone ? file.Error : backing.GetExtendedAttribute(file.Reference, name, value, out length);
    }

    public FsError ListExtendedAttributes(OperationContext context, NodeId node, Span<byte> names, out int length)
    {
        length = 0;
        if (SnapshotNode.Is(node))
            return snapshots.ListExtendedAttributes(node, names, out length);
        using PinnedRef file = nodes.Pin(node);
        if (file.IsNone)
            return file.Error;
        return context.Caller.Uid == 0
            ? backing.ListExtendedAttributes(file.Reference, names, out length) : ListForUser(file.Reference, names, out length);
    }

    /// <summary>Names of trusted attributes are root's to see (xattr(7)).</summary>
    private FsError ListForUser(BackingRef file, Span<byte> names, out int length)
    {
        length = 0;
        byte[] all = ArrayPool<byte>.Shared.Rent(LongestNameList);
        FsError error = backing.ListExtendedAttributes(file, all.AsSpan(0, LongestNameList), out int listed);
        ReadOnlySpan<byte> rest = all.AsSpan(0, error == FsError.None ? listed : 0);
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<byte> name = rest[..(rest.IndexOf((byte)0) + 1)];
            rest = rest[name.Length..];
            if (name.StartsWith(TrustedPrefix))
                continue;
            if (!names.IsEmpty && !name.TryCopyTo(names[length..]))
                error = FsError.OutOfRange;
            length += name.Length;
            if (error != FsError.None)
                break;
        }
        ArrayPool<byte>.Shared.Return(all);
        return error;
    }

    public FsError SetExtendedAttribute(OperationContext context, NodeId node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ExtendedAttributeMode mode, bool killSetGroupId)
    {
        FsError error = BeginAttribute(context, node, out PinnedRef pin);
        if (error != FsError.None)
            return error;
        BackingRef file = pin.Reference;
        try
        {
            if (mode != ExtendedAttributeMode.Create)
                error = backing.SetExtendedAttribute(context.Caller, file, name, value, mode);
            else if (!IsAttributeSet(context, file, name, JournalOperation.AddAttribute, out error))
                error = context.Request.End(backing.SetExtendedAttribute(context.Caller, file, name, value, mode));
            changes.NoteExtendedAttribute(name);
            if (error == FsError.None && killSetGroupId)
            {
                // A new ACL by someone outside of the file's group takes set-group-id away (FUSE_SETXATTR_ACL_KILL_SGID).
                error = backing.GetAttributes(file, out FileAttributes attributes);
                if (error == FsError.None && (attributes.Mode & SetGroupId) != 0)
                    error = backing.SetAttributes(context.Caller, file, new AttributeChange { Fields = AttributeFields.Mode, Mode = attributes.Mode & PermissionBits & ~SetGroupId });
            }
            return error;
        }
        finally
        {
            pin.Dispose();
            context.Worker.LeaveGate();
        }
    }

    public FsError RemoveExtendedAttribute(OperationContext context, NodeId node, ReadOnlySpan<byte> name)
    {
        FsError error = BeginAttribute(context, node, out PinnedRef pin);
        if (error != FsError.None)
            return error;
        BackingRef file = pin.Reference;
        try
        {
            return IsAttributeSet(context, file, name, JournalOperation.RemoveAttribute, out error)
                ? error : context.Request.End(backing.RemoveExtendedAttribute(context.Caller, file, name));
        }
        finally
        {
            pin.Dispose();
            context.Worker.LeaveGate();
        }
    }

    private const uint SetGroupId = 0x400;

    /// <summary>Largest list of names that Linux knows (XATTR_LIST_MAX).</summary>
    private const int LongestNameList = 65536;

    private static ReadOnlySpan<byte> TrustedPrefix => "trusted."u8;
    private const uint PermissionBits = 0xFFF;

    private FsError BeginAttribute(OperationContext context, NodeId node, out PinnedRef file)
    {
        file = default;
        if (SnapshotNode.Is(node))
            return SnapshotFolder.Refusal(node);
        file = nodes.Pin(node);
        if (file.IsNone)
            return file.Error;
        if (!context.Worker.EnterGate())
        {
            file.Dispose();
            return FsError.MustWait;
        }
        engine.Dirty.Note(nodes.KeyOf(node));
        return FsError.None;
    }

    /// <summary>Truncation or growth, through the client's open file if it names one, else through one of the daemon's.</summary>
    private FsError SetLength(OperationContext context, NodeId node, BackingRef file, in AttributeChange change)
    {
        if (change.Size < 0)
            return FsError.InvalidArgument;
        if (change.Handle is { } handle && FindLive(node, handle) is { Image: { } image } open)
            return image.SetLength(context.Worker, open.File, change.Size);
        FsError error = OpenLive(file, OpenIntent.Write, out LiveFile? own);
        if (error != FsError.None)
            return error;
        using (own)
            return own!.Image!.SetLength(context.Worker, own.File, change.Size);
    }
}
