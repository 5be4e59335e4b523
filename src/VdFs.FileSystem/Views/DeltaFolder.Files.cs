using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Views;

/// <summary>Reading the files of a delta.</summary>
internal sealed partial class DeltaFolder
{
    public FsError Open(OperationContext context, NodeId node, OpenIntent intent, out OpenResult result)
    {
        result = default;
        if ((intent & (OpenIntent.Write | OpenIntent.Truncate)) != 0)
            return FsError.ReadOnly;
        FsError error = OpenFile(context, node, out DeltaFile? file, out DeltaImageInfo info);
        if (error != FsError.None)
            return error;
        result.Direct = (intent & OpenIntent.Direct) != 0;
        // What clients remember may be what an earlier worker showed.
        result.KeepCache = !info.Anew;
        result.Handle = handles.Add(node, OpenIntent.Read, file!);
        if (result.Handle != 0)
            return FsError.None;
        file!.Dispose();
        return FsError.TooManyOpenFilesInSystem;
    }

    public FsError Read(OperationContext context, NodeId node, ulong handle, long offset, Span<byte> buffer, out int read)
    {
        read = 0;
        FsError error = FindFile(context, node, handle, out DeltaFile? file);
        if (error != FsError.None)
            return error;
        if (file!.Image is { } image)
            error = image.Layout.Read(offset, buffer, new ViewSource(context.Worker, file.View!), out read);
        else if (offset < file.Json.Length)
            file.Json.AsSpan((int)offset, read = (int)Math.Min(buffer.Length, file.Json.Length - offset)).CopyTo(buffer);
        // Only now: what was released or lost during the read may have been read from where it no longer was.
        return error == FsError.None && !file.CanServe ? FsError.Io : error;
    }

    public FsError Seek(OperationContext context, NodeId node, ulong handle, long offset, bool hole, out long result)
    {
        result = 0;
        FsError error = FindFile(context, node, handle, out DeltaFile? file);
        if (error != FsError.None)
            return error;
        if (!file!.CanServe)
            return FsError.Io;
        if (file.Image is { } image)
            return image.Layout.Seek(offset, hole, out result);
        if (offset < 0 || offset >= file.Json.Length)
            return FsError.NoSuchAddress;
        result = hole ? file.Json.Length : offset;
        return FsError.None;
    }

    /// <summary>An open file, made again if an earlier worker had it: which is possible only if it is certain to be the same.</summary>
    private FsError FindFile(OperationContext context, NodeId node, ulong handle, out DeltaFile? file)
    {
        file = handles.Find(handle, out NodeId opened, out _) as DeltaFile;
        if (file is not null)
            return FsError.None;
        if (opened != node)
            return FsError.Io;
        FsError error = OpenFile(context, node, out file, out DeltaImageInfo info);
        if (error != FsError.None)
            return error;
        if (info.Anew)
        {
            options.Log($"a file of the changes up to '{file!.Snapshot.Name}' was open when VdFs started again, and there had been no room to keep how it was laid out: it gives an I/O error; open it again");
            file.Dispose();
            return FsError.Io;
        }
        file = (DeltaFile)handles.Restore(handle, file!);
        return FsError.None;
    }

    private FsError OpenFile(OperationContext context, NodeId node, out DeltaFile? file, out DeltaImageInfo info)
    {
        file = null;
        info = default;
        if (!context.Worker.MayWait)
            return FsError.MustWait;
        FsError error = Find(node, out Delta? delta, out FileListEntry? entry);
        if (error != FsError.None)
            return error;
        if (SnapshotNode.PartOf(node) == DeltaPart.Deleted)
        {
            error = TellDeleted(context, delta!, out byte[] json);
            file = error == FsError.None ? new DeltaFile(node, delta!.Newer, json) : null;
            return error;
        }
        error = LayOut(context, node, delta!, entry!, out ViewFile? view, out DeltaImage? image);
        if (error != FsError.None)
            return error;
        _ = delta!.TryGetInfo(entry!.Index, out info);
        if (SnapshotNode.PartOf(node) == DeltaPart.Data)
        {
            file = new DeltaFile(node, delta.Newer, view!, image!, delta.Older);
            return FsError.None;
        }
        view!.Dispose();
        file = new DeltaFile(node, delta.Newer, delta.Describe(image!));
        return file.Json.LongLength == info.JsonLength ? FsError.None : FsError.Io;
    }

    /// <summary>Opens the view that data comes from, and finds how the image is laid out on it. The view is the caller's.</summary>
    private FsError LayOut(OperationContext context, NodeId node, Delta delta, FileListEntry entry, out ViewFile? view, out DeltaImage? image)
    {
        view = null;
        image = null;
        if (!context.Worker.MayWait)
            return FsError.MustWait;
        FsError error = snapshots.OpenView(node, delta.Newer, entry, out view);
        if (error != FsError.None)
            return error;
        Outcome outcome = engine.LayOut(delta, entry, view!.Image, view.File, out image);
        if (outcome.Succeeded && DeltaFile.IsRevoked(view, image!, delta.Older))
            outcome = Outcome.Failed(FsError.Io, $"its changes since '{delta.From!.Name}' are not known after all: {view.Image.LineageBroken}; take all of it from ..{delta.To.Name}");
        // What was read of a snapshot that is released or lost by now is not to be believed.
        if (outcome.Succeeded && SnapshotFolder.CanServe(view))
        {
            if (delta.TryGetInfo(entry.Index, out DeltaImageInfo info) && info.Anew)
                ForgetFiles(delta, entry);
            return FsError.None;
        }
        if (!outcome.Succeeded)
            options.Log($"image {entry.Image} in the changes up to '{delta.To.Name}': {outcome.Message}");
        view.Dispose();
        view = null;
        return outcome.Succeeded ? FsError.Io : outcome.Error;
    }

    private void ForgetFiles(Delta delta, FileListEntry entry)
    {
        cache.InvalidateNode(SnapshotNode.OfDelta(delta.Number, entry.Index, DeltaPart.Data));
        cache.InvalidateNode(SnapshotNode.OfDelta(delta.Number, entry.Index, DeltaPart.Description));
    }
}
