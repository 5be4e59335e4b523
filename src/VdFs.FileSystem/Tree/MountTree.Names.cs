using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Views;

namespace VdFs.FileSystem.Tree;

/// <summary>Making, removing and renaming names. In `.snapshots` these are commands.</summary>
public sealed partial class MountTree
{
    public FsError MakeNode(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, uint rawDevice, out Entry entry)
    {
        entry = default;
        FsError error = BeginName(context, parent, name, out PinnedRef folder);
        if (error != FsError.None)
            return error;
        try
        {
            if (!IsMade(context, folder.Reference, name, out error))
                error = context.Request.End(backing.MakeNode(context.Caller, folder.Reference, name, mode, umask, rawDevice));
            return error == FsError.None ? LookupLive(parent, name, out entry) : error;
        }
        finally
        {
            folder.Dispose();
            context.Worker.LeaveGate();
        }
    }

    public FsError MakeDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, out Entry entry)
    {
        entry = default;
        if (SnapshotNode.Is(parent))
            return snapshots.MakeDirectory(context, parent, name, out entry);
        FsError error = BeginName(context, parent, name, out PinnedRef folder);
        if (error != FsError.None)
            return error;
        try
        {
            if (!IsMade(context, folder.Reference, name, out error))
                error = context.Request.End(backing.MakeDirectory(context.Caller, folder.Reference, name, mode, umask));
            return error == FsError.None ? LookupLive(parent, name, out entry) : error;
        }
        finally
        {
            folder.Dispose();
            context.Worker.LeaveGate();
        }
    }

    public FsError MakeSymlink(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target, out Entry entry)
    {
        entry = default;
        FsError error = BeginName(context, parent, name, out PinnedRef folder);
        if (error != FsError.None)
            return error;
        try
        {
            if (!IsMade(context, folder.Reference, name, out error))
                error = context.Request.End(backing.MakeSymlink(context.Caller, folder.Reference, name, target));
            return error == FsError.None ? LookupLive(parent, name, out entry) : error;
        }
        finally
        {
            folder.Dispose();
            context.Worker.LeaveGate();
        }
    }

    public FsError Link(OperationContext context, NodeId node, NodeId newParent, ReadOnlySpan<byte> newName, out Entry entry)
    {
        entry = default;
        if (SnapshotNode.Is(node))
            return FsError.CrossDevice;
        using PinnedRef file = nodes.Pin(node);
        if (file.IsNone)
            return file.Error;
        FsError error = BeginName(context, newParent, newName, out PinnedRef folder);
        if (error != FsError.None)
            return error;
        try
        {
            engine.Dirty.Note(nodes.KeyOf(node));
            if (!IsMade(context, folder.Reference, newName, out error))
                error = context.Request.End(backing.Link(context.Caller, file.Reference, folder.Reference, newName));
            return error == FsError.None ? LookupLive(newParent, newName, out entry) : error;
        }
        finally
        {
            folder.Dispose();
            context.Worker.LeaveGate();
        }
    }

    public FsError Unlink(OperationContext context, NodeId parent, ReadOnlySpan<byte> name)
    {
        FsError error;
        Image? kept;
        long rounds;
        do
        {
            rounds = engine.RoomRounds;
            error = UnlinkInside(context, parent, name, out kept);
        }
        while (error == FsError.MustWaitForSpace && MakeRoom(context, kept!, rounds, ref error));
        return error;
    }

    private FsError UnlinkInside(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, out Image? kept)
    {
        kept = null;
        FsError error = BeginName(context, parent, name, out PinnedRef folder, existing: true);
        if (error != FsError.None)
            return error;
        try
        {
            if (IsRemoved(context, folder.Reference, name, out error))
                return error;
            error = losses.Begin(folder.Reference, name, out BackingRef losing, out kept);
            if (error == FsError.None)
                error = context.Request.End(backing.Unlink(context.Caller, folder.Reference, name));
            losses.End(losing, error);
            return error;
        }
        finally
        {
            folder.Dispose();
            context.Worker.LeaveGate();
        }
    }

    public FsError RemoveDirectory(OperationContext context, NodeId parent, ReadOnlySpan<byte> name)
    {
        if (SnapshotNode.Is(parent))
            return snapshots.RemoveDirectory(context, parent, name);
        FsError error = BeginName(context, parent, name, out PinnedRef folder, existing: true);
        if (error != FsError.None)
            return error;
        try
        {
            if (IsRemoved(context, folder.Reference, name, out error))
                return error;
            error = losses.Begin(folder.Reference, name, out BackingRef losing, out _);
            if (error == FsError.None)
                error = context.Request.End(backing.RemoveDirectory(context.Caller, folder.Reference, name));
            losses.End(losing, error);
            return error;
        }
        finally
        {
            folder.Dispose();
            context.Worker.LeaveGate();
        }
    }

    public FsError Rename(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, NodeId newParent, ReadOnlySpan<byte> newName, RenameMode mode)
    {
        if (SnapshotNode.Is(parent) && SnapshotNode.Is(newParent))
            return snapshots.Rename(context, parent, name, newParent, newName, mode);
        if (SnapshotNode.Is(parent))
            return SnapshotFolder.Refusal(parent);
        if (SnapshotNode.Is(newParent))
            return SnapshotFolder.Refusal(newParent);
        FsError error;
        Image? kept;
        long rounds;
        do
        {
            rounds = engine.RoomRounds;
            error = RenameInside(context, parent, name, newParent, newName, mode, out kept);
        }
        while (error == FsError.MustWaitForSpace && MakeRoom(context, kept!, rounds, ref error));
        return error;
    }

    private FsError RenameInside(
        OperationContext context, NodeId parent, ReadOnlySpan<byte> name, NodeId newParent, ReadOnlySpan<byte> newName, RenameMode mode, out Image? kept)
    {
        kept = null;
        using PinnedRef pin = nodes.Pin(newParent);
        FsError error = IsSnapshotsName(newParent, newName) ? FsError.NotPermitted : CheckName(newName);
        if (error == FsError.None)
            error = pin.Error;
        if (error != FsError.None)
            return error;
        error = BeginName(context, parent, name, out PinnedRef folder, existing: true);
        if (error != FsError.None)
            return error;
        BackingRef source = folder.Reference;
        BackingRef target = pin.Reference;
        try
        {
            if (IsRenamed(context, source, name, target, newName, mode, out error))
                return error;
            engine.Dirty.Note(nodes.KeyOf(newParent));
            FileKey moved = NoteFile(source, name);
            FileKey displaced = NoteFile(target, newName);
            BackingRef losing = BackingRef.None;
            if ((mode & (RenameMode.NoReplace | RenameMode.Exchange)) == 0 && moved != displaced)
                error = losses.Begin(target, newName, out losing, out kept);
            if (error != FsError.None)
                return error;
            context.Request.BeginRename(moved, displaced, parent.Value, name, newParent.Value, newName);
            error = backing.Rename(context.Caller, source, name, target, newName, mode);
            if (error == FsError.None)
            {
                nodes.Moved(moved, newParent, newName);
                if ((mode & RenameMode.Exchange) != 0)
                    nodes.Moved(displaced, parent, name);
            }
            losses.End(losing, error);
            return context.Request.End(error);
        }
        finally
        {
            folder.Dispose();
            context.Worker.LeaveGate();
        }
    }

    /// <summary>
    /// What comes before any change of a name: is it one that may be changed, the gate, and the note that the folder changes. After success the
    /// caller lets go of the folder, and leaves the gate.
    /// </summary>
    private FsError BeginName(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, out PinnedRef folder, bool existing = false)
    {
        folder = default;
        if (SnapshotNode.Is(parent))
            return SnapshotFolder.Refusal(parent);
        if (IsSnapshotsName(parent, name))
            return existing ? FsError.NotPermitted : FsError.AlreadyExists;
        FsError error = CheckName(name);
        if (error != FsError.None)
            return error;
        folder = nodes.Pin(parent);
        if (folder.IsNone)
            return folder.Error;
        if (!context.Worker.EnterGate())
        {
            folder.Dispose();
            return FsError.MustWait;
        }
        engine.Dirty.Note(nodes.KeyOf(parent));
        return FsError.None;
    }

    /// <summary>A renamed or replaced file's own attributes change too (its change time, its link count).</summary>
    private FileKey NoteFile(BackingRef folder, ReadOnlySpan<byte> name)
    {
        if (backing.Lookup(folder, name, out BackingRef found, out FileAttributes attributes) != FsError.None)
            return default;
        backing.Close(found);
        engine.Dirty.Note(attributes.Key);
        return attributes.Key;
    }

    /// <summary>Outside of the gate: whether to try again; else <paramref name="error"/> is the answer.</summary>
    private bool MakeRoom(OperationContext context, Image image, long rounds, ref FsError error)
    {
        error = engine.MakeRoom(context.Worker, image, rounds);
        return error == FsError.None;
    }
}
