using System.Text;
using VdFs.Core;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Views;

/// <summary>Reading views.</summary>
internal sealed partial class SnapshotFolder
{
    internal static ReadOnlySpan<byte> StateName => "user.vdfs.state"u8;

    public FsError Open(OperationContext context, NodeId node, OpenIntent intent, out OpenResult result)
    {
        result = default;
        if (SnapshotNode.IsDelta(node))
            return deltas.Open(context, node, intent, out result);
        if ((intent & (OpenIntent.Write | OpenIntent.Truncate)) != 0)
            return Refusal(node);
        FsError error = OpenView(node, out ViewFile? view);
        if (error != FsError.None)
            return error;
        result.Direct = (intent & OpenIntent.Direct) != 0;
        result.KeepCache = true;
        result.Handle = handles.Add(node, OpenIntent.Read, view!);
        if (result.Handle != 0)
            return FsError.None;
        view!.Dispose();
        return FsError.TooManyOpenFilesInSystem;
    }

    public FsError Read(OperationContext context, NodeId node, ulong handle, long offset, Span<byte> buffer, out int read)
    {
        if (SnapshotNode.IsDelta(node))
            return deltas.Read(context, node, handle, offset, buffer, out read);
        read = 0;
        if (FindView(node, handle) is not { } view)
            return FsError.Io;
        FsError error = view.Image.ReadView(context.Worker, view.Snapshot.Number, view.Entry.Attributes.Size, view.File, offset, buffer, out read);
        // Only now: what was released or lost during the read may have been read from where it no longer was.
        return error == FsError.None && !CanServe(view) ? FsError.Io : error;
    }

    public FsError Seek(OperationContext context, NodeId node, ulong handle, long offset, bool hole, out long result)
    {
        if (SnapshotNode.IsDelta(node))
            return deltas.Seek(context, node, handle, offset, hole, out result);
        result = 0;
        if (FindView(node, handle) is not { } view)
            return FsError.Io;
        FsError error = view.Image.SeekView(view.Snapshot.Number, view.Entry.Attributes.Size, view.File, offset, hole, out result);
        return error is FsError.None or FsError.NoSuchAddress && !CanServe(view) ? FsError.Io : error;
    }

    public FsError GetExtendedAttribute(NodeId node, ReadOnlySpan<byte> name, Span<byte> value, out int length)
    {
        if (SnapshotNode.IsDelta(node))
            return deltas.GetExtendedAttribute(node, name, value, out length);
        length = 0;
        if (SnapshotNode.CutOf(node) == 0 || SnapshotNode.IsCheckpoint(node))
            return FsError.NoData;
        Snapshot? snapshot = engine.Snapshots.Find(SnapshotNode.CutOf(node));
        FileListEntry? entry = snapshot is { Held: true } ? snapshot.Files.At(SnapshotNode.PlaceOf(node)) : null;
        if (name.SequenceEqual(StateName))
            return Answer(Encoding.UTF8.GetBytes(StateOf(snapshot, entry)), value, out length);
        if (entry is null)
            return FsError.Io;
        foreach ((byte[] key, byte[] content) in entry.ExtendedAttributes ?? [])
        {
            if (name.SequenceEqual(key))
                return Answer(content, value, out length);
        }
        return FsError.NoData;
    }

    public FsError ListExtendedAttributes(NodeId node, Span<byte> names, out int length)
    {
        if (SnapshotNode.IsDelta(node))
            return deltas.ListExtendedAttributes(node, names, out length);
        length = 0;
        if (SnapshotNode.CutOf(node) == 0 || SnapshotNode.IsCheckpoint(node))
            return FsError.None;
        FsError error = Find(node, out _, out FileListEntry? entry);
        if (error != FsError.None)
            return error;
        var list = new List<byte>();
        foreach ((byte[] key, _) in entry!.ExtendedAttributes ?? [])
            list.AddRange([.. key, 0]);
        // Symbolic links have no attributes of the user's.
        if (!entry.Attributes.IsSymlink)
            list.AddRange([.. StateName, 0]);
        return Answer([.. list], names, out length);
    }

    private FsError OpenView(NodeId node, out ViewFile? view)
    {
        view = null;
        FsError error = Find(node, out Snapshot? snapshot, out FileListEntry? entry);
        return error == FsError.None ? OpenView(node, snapshot!, entry!, out view) : error;
    }

    /// <summary>Opens the image of an entry for reading it as it was at the cut.</summary>
    internal FsError OpenView(NodeId node, Snapshot snapshot, FileListEntry entry, out ViewFile? view)
    {
        view = null;
        if (!entry.Attributes.IsRegular)
            return FsError.InvalidArgument;
        Image? image = engine.Images.Find(entry.Image);
        if (image is null || snapshot.LossOf(entry.Image) is not null)
            return FsError.Io;
        byte[] path = snapshot.Files.PathOf(entry);
        FsError error = backing.OpenImage(image.Id, image.Identity, path, out IBackingFile? file);
        // Where handles can't be used it is searched for, and may have been renamed past the search: once more before it is given up.
        if (error == FsError.Stale)
            error = backing.OpenImage(image.Id, image.Identity, path, out file);
        if (error == FsError.None && engine.IsUnseen(image, file!))
        {
            file!.Dispose();
            return FsError.Io;
        }
        if (error == FsError.None)
        {
            view = new ViewFile(node, snapshot, entry, image, file!);
            return FsError.None;
        }
        if (error == FsError.Stale)
            engine.LoseImage(image, "the image is no longer in the backing directory");
        return error.IsWant() ? error : FsError.Io;
    }

    private ViewFile? FindView(NodeId node, ulong handle)
    {
        if (handles.Find(handle, out NodeId opened, out _) is { } there)
            return there as ViewFile;
        return opened == node && OpenView(node, out ViewFile? view) == FsError.None ? (ViewFile)handles.Restore(handle, view!) : null;
    }

    internal static bool CanServe(ViewFile view) => view.Snapshot.Held && view.Snapshot.LossOf(view.Entry.Image) is null;

    internal static string StateOf(Snapshot? snapshot, FileListEntry? entry)
    {
        if (snapshot is null || entry is null)
            return "lost: the snapshot was released";
        if (entry.Index == 0)
            return snapshot.State;
        if (!entry.Attributes.IsRegular)
            return "whole";
        return snapshot.LossOf(entry.Image) is { } reason ? "lost: " + reason : snapshot.DamageOf(entry.Image) is { } damage ? "damaged: " + damage : "whole";
    }

    internal static FsError Answer(ReadOnlySpan<byte> content, Span<byte> buffer, out int length)
    {
        length = content.Length;
        if (buffer.IsEmpty)
            return FsError.None;
        return content.TryCopyTo(buffer) ? FsError.None : FsError.OutOfRange;
    }
}
