using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Views;

namespace VdFs.FileSystem.Tree;

/// <summary>Open files: reads straight from the backing file, writes by way of their image.</summary>
public sealed partial class MountTree
{
    public FsError Open(OperationContext context, NodeId node, OpenIntent intent, out OpenResult result)
    {
        result = default;
        if (SnapshotNode.Is(node))
            return snapshots.Open(context, node, intent, out result);
        using PinnedRef file = nodes.Pin(node);
        if (file.IsNone)
            return file.Error;
        OpenIntent opening = (intent & OpenIntent.Truncate) != 0 ? intent | OpenIntent.Write : intent;
        if (options.ReadOnly && (opening & OpenIntent.Write) != 0)
            return FsError.ReadOnly;
        FsError error = OpenLive(file.Reference, opening, out LiveFile? opened);
        if (error == FsError.None && (intent & OpenIntent.Truncate) != 0 && !IsChanged(context, out error))
        {
            error = opened!.Image!.SetLength(context.Worker, opened.File, 0);
            EndUnlessItWaits(context, error);
        }
        if (error == FsError.None)
            return GiveHandle(node, intent, opened!, out result);
        opened?.Dispose();
        return error;
    }

    public FsError Create(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, uint mode, uint umask, OpenIntent intent, out Entry entry, out OpenResult result)
    {
        entry = default;
        result = default;
        if (options.ReadOnly)
            return FsError.ReadOnly;
        FsError error = BeginName(context, parent, name, out PinnedRef folder);
        if (error != FsError.None)
            return error;
        IBackingFile? file = null;
        BackingRef reference = BackingRef.None;
        FileAttributes attributes = default;
        bool made;
        try
        {
            made = IsMade(context, folder.Reference, name, out error);
            if (!made)
                error = context.Request.End(backing.Create(context.Caller, folder.Reference, name, mode, umask, out file, out reference, out attributes));
        }
        finally
        {
            folder.Dispose();
            context.Worker.LeaveGate();
        }
        if (made && error == FsError.None)
            return OpenExisting(context, parent, name, intent & ~OpenIntent.Truncate, out entry, out result);
        if (error == FsError.None)
            return EnterCreated(parent, name, intent, file!, reference, attributes, out entry, out result);
        return error == FsError.AlreadyExists && (intent & OpenIntent.Exclusive) == 0
            ? OpenExisting(context, parent, name, intent, out entry, out result) : error;
    }

    public FsError CreateUnnamed(OperationContext context, NodeId parent, uint mode, uint umask, OpenIntent intent, out Entry entry, out OpenResult result)
    {
        entry = default;
        result = default;
        if (SnapshotNode.Is(parent))
            return SnapshotFolder.Refusal(parent);
        if (options.ReadOnly)
            return FsError.ReadOnly;
        using PinnedRef folder = nodes.Pin(parent);
        if (folder.IsNone)
            return folder.Error;
        FsError error = backing.CreateUnnamed(
            context.Caller, folder.Reference, mode, umask, (intent & OpenIntent.Exclusive) != 0, out IBackingFile? file, out BackingRef reference, out FileAttributes attributes);
        if (error == FsError.None)
            error = EnterCreated(parent, [], intent, file!, reference, attributes, out entry, out result);
        if (error == FsError.None)
            losses.Born(handles.Find<LiveFile>(result.Handle)!, attributes.Key);
        return error;
    }

    public FsError Read(OperationContext context, NodeId node, ulong handle, long offset, Span<byte> buffer, out int read)
    {
        LiveFile? file = handles.Find<LiveFile>(handle);
        if (file is not null)
            return file.File.Read(offset, buffer, out read);
        if (SnapshotNode.Is(node))
            return snapshots.Read(context, node, handle, offset, buffer, out read);
        read = 0;
        file = FindLive(node, handle, out FsError error);
        return file is null ? error : file.File.Read(offset, buffer, out read);
    }

    public FsError Write(OperationContext context, NodeId node, ulong handle, long offset, ReadOnlySpan<byte> data, WriteDurability durability, bool killPrivileges, out int written)
    {
        FsError error = FsError.BadHandle;
        LiveFile? file = handles.Find<LiveFile>(handle) ?? FindLive(node, handle, out error);
        written = 0;
        if (file?.Image is null)
            return SnapshotNode.Is(node) ? FsError.ReadOnly : error == FsError.None ? FsError.BadHandle : error;
        error = killPrivileges ? changes.ClearPrivileges(context, node, file) : FsError.None;
        if (error != FsError.None)
            return error;
        error = file.Image.Write(context.Worker, file.File, offset, data, durability, out written);
        // What was written before an error is told; the client meets the error with the rest.
        return written > 0 ? FsError.None : error;
    }

    public FsError Flush(OperationContext context, NodeId node, ulong handle) => FsError.None;

    public void Release(OperationContext context, NodeId node, ulong handle)
    {
        // What only a former worker had open, and has no name: nothing else would see the last client of its image leave.
        if (nodes.IsKept(node))
            _ = FindLive(node, handle);
        (handles.Remove(handle, out NodeId opened) as IDisposable)?.Dispose();
        if (opened.Value != 0)
            backingIds?.Close(opened);
    }

    public FsError Sync(OperationContext context, NodeId node, ulong handle, bool dataOnly)
    {
        if (SnapshotNode.Is(node))
            return FsError.None;
        return FindLive(node, handle, out FsError error) is { } file ? file.File.Sync(dataOnly) : error;
    }

    public FsError Allocate(OperationContext context, NodeId node, ulong handle, AllocateMode mode, long offset, long length)
    {
        if (SnapshotNode.Is(node))
            return FsError.ReadOnly;
        if (FindLive(node, handle, out FsError error) is not { Image: { } image } file)
            return error;
        error = ClearPrivilegesForUser(context, node, file);
        return error == FsError.None ? image.Allocate(context.Worker, file.File, mode, offset, length) : error;
    }

    public FsError Seek(OperationContext context, NodeId node, ulong handle, long offset, bool hole, out long result)
    {
        if (SnapshotNode.Is(node))
            return snapshots.Seek(context, node, handle, offset, hole, out result);
        result = 0;
        LiveFile? file = FindLive(node, handle, out FsError error);
        if (file is null)
            return error;
        return hole ? file.File.SeekHole(offset, out result) : file.File.SeekData(offset, out result);
    }

    public FsError CopyRange(
        OperationContext context, NodeId source, ulong sourceHandle, long sourceOffset, NodeId target, ulong targetHandle, long targetOffset, long length, out long copied)
    {
        copied = 0;
        // Out of a view the kernel copies by reading and writing: its content may lie in several files.
        if (SnapshotNode.Is(source) || SnapshotNode.Is(target))
            return SnapshotNode.Is(target) ? FsError.ReadOnly : FsError.NotSupported;
        LiveFile? from = FindLive(source, sourceHandle, out FsError error);
        LiveFile? to = from is null ? null : FindLive(target, targetHandle, out error);
        if (from is null || to?.Image is null)
            return error;
        error = ClearPrivilegesForUser(context, target, to);
        return error == FsError.None
            ? to.Image.CopyFrom(context.Worker, from.File, sourceOffset, to.File, targetOffset, length, out copied) : error;
    }

    /// <summary>The kernel doesn't say when an allocation or a copy is to clear privileges, as it does for writes: it is whenever the caller isn't root.</summary>
    private FsError ClearPrivilegesForUser(OperationContext context, NodeId node, LiveFile file) =>
        context.Caller.Uid != 0 ? changes.ClearPrivileges(context, node, file) : FsError.None;

    /// <summary>An open file of the live tree; opened anew if a former worker had it.</summary>
    private LiveFile? FindLive(NodeId node, ulong handle, out FsError error)
    {
        error = FsError.BadHandle;
        if (handles.Find(handle, out NodeId opened, out OpenIntent intent) is { } there)
            return there as LiveFile;
        if (opened.Value == 0 || SnapshotNode.Is(opened))
            return null;
        using PinnedRef reference = nodes.Pin(node);
        intent &= OpenIntent.Read | OpenIntent.Write;
        LiveFile? file = null;
        error = reference.IsNone ? reference.Error : OpenLive(reference.Reference, intent, out file);
        if (error != FsError.None)
        {
            error = error.IsWant() ? error : FsError.BadHandle;
            return null;
        }
        backing.LetRest(file!.File, nodes, node, intent);
        return (LiveFile)handles.Restore(handle, file);
    }

    private LiveFile? FindLive(NodeId node, ulong handle) => FindLive(node, handle, out _);

    private FsError OpenLive(BackingRef reference, OpenIntent intent, out LiveFile? opened)
    {
        opened = null;
        FsError error = backing.Open(reference, intent, out IBackingFile? file);
        if (error != FsError.None)
            return error;
        Image? image = null;
        if ((intent & OpenIntent.Write) != 0)
        {
            error = file!.GetAttributes(out FileAttributes attributes);
            do
            {
                if (error == FsError.None)
                    error = FindImage(engine, backing, reference, attributes, out image);
                if (error != FsError.None)
                {
                    file.Dispose();
                    return error;
                }
            }
            while (!image!.TryAddUser());
            if (attributes.Links == 0)
                image.LoseName();
        }
        opened = new LiveFile(file!, image);
        return FsError.None;
    }

    private FsError EnterCreated(
        NodeId parent, ReadOnlySpan<byte> name, OpenIntent intent, IBackingFile file, BackingRef reference, in FileAttributes attributes, out Entry entry, out OpenResult result)
    {
        entry = default;
        result = default;
        // Never by its place: an inode number and a birth time may both be those of a file that was deleted within the same tick of the clock.
        FsError error = backing.Identify(reference, out ImageIdentity? identity);
        if (error != FsError.None)
        {
            file.Dispose();
            backing.Close(reference);
            return error;
        }
        Image image;
        do
            image = engine.Images.Add(attributes.Key, identity!);
        while (!image.TryAddUser());
        var opened = new LiveFile(file, image);
        error = Enter(parent, name, reference, attributes, out entry);
        if (error == FsError.None)
            error = GiveHandle(entry.Node, intent, opened, out result);
        else
            opened.Dispose();
        return error;
    }

    private FsError OpenExisting(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, OpenIntent intent, out Entry entry, out OpenResult result)
    {
        result = default;
        FsError error = LookupLive(parent, name, out entry);
        if (error != FsError.None)
            return error;
        error = entry.Attributes.IsRegular ? Open(context, entry.Node, intent, out result) : entry.Attributes.IsDirectory ? FsError.IsDirectory : FsError.NotPermitted;
        if (error != FsError.None)
            nodes.Forget(entry.Node, 1);
        return error;
    }

    private FsError GiveHandle(NodeId node, OpenIntent intent, LiveFile opened, out OpenResult result)
    {
        backing.LetRest(opened.File, nodes, node, intent);
        int id = backingIds?.Open(node, opened.File) ?? 0;
        bool direct = (intent & OpenIntent.Direct) != 0;
        result = new OpenResult
        {
            Handle = handles.Add(node, intent, opened, id),
            BackingId = id,
            Direct = direct && (id == 0 || !options.Passthrough!.TakesDirect(opened.File)),
        };
        if (result.Handle != 0)
            return FsError.None;
        backingIds?.Close(node);
        opened.Dispose();
        return FsError.TooManyOpenFilesInSystem;
    }
}
