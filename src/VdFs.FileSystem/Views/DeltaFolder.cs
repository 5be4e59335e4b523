using System.Text;
using VdFs.Core;
using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.FileSystem.Nodes;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Views;

/// <summary>
/// `..B` and `A..B` below `.snapshots`: the folders of B, for each name of an image in them a computed qcow2 and a JSON file, and `deleted.json`. Entered by name, not listed. Read-only; what
/// can't be served exactly gives an I/O error.
/// </summary>
internal sealed partial class DeltaFolder(Engine engine, SnapshotFolder snapshots, HandleTable handles, IClientCache cache, TreeOptions options)
{
    /// <summary>Whether a name below `.snapshots` is that of a delta; no snapshot's is.</summary>
    public static bool IsName(ReadOnlySpan<byte> name) => name.IndexOf(".."u8) >= 0;

    /// <summary>Enters a delta by its name.</summary>
    public FsError Enter(OperationContext context, ReadOnlySpan<byte> name, out Entry entry)
    {
        entry = default;
        int dots = name.IndexOf(".."u8);
        string older = Encoding.UTF8.GetString(name[..dots]);
        string newer = Encoding.UTF8.GetString(name[(dots + 2)..]);
        if (newer.Length == 0 || newer.StartsWith('.'))
            return FsError.NotFound;
        Outcome outcome = engine.FindDelta(older, newer, context.Worker.MayWait, out Delta? delta);
        if (!outcome.Succeeded)
        {
            if (outcome.Error != FsError.MustWait)
                options.Log($".snapshots/{older}..{newer}: {outcome.Message}");
            return outcome.Error;
        }
        FsError error = EntryOf(context, SnapshotNode.OfDelta(delta!.Number, 0, DeltaPart.Data), out entry);
        // What it leads to changes with the names of snapshots.
        entry.EntryValid = TimeSpan.Zero;
        return error;
    }

    public FsError Lookup(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, out Entry entry)
    {
        entry = default;
        FsError error = Find(parent, out Delta? delta, out FileListEntry? folder);
        if (error != FsError.None)
            return error;
        if (!folder!.Attributes.IsDirectory)
            return FsError.NotDirectory;
        return FindName(delta!, folder, name) is { } node ? EntryOf(context, node, out entry) : FsError.NotFound;
    }

    public FsError GetAttributes(OperationContext context, NodeId node, out FileAttributes attributes, out ulong inode, out TimeSpan valid)
    {
        attributes = default;
        inode = 0;
        valid = default;
        FsError error = Find(node, out Delta? delta, out FileListEntry? entry);
        if (error != FsError.None)
            return error;
        inode = InodeOf(delta!, node);
        attributes = entry!.Attributes;
        TimeSpec time = TimeSpec.From(delta!.Newer.Time);
        (attributes.AccessTime, attributes.ModifyTime, attributes.ChangeTime, attributes.BirthTime) = (time, time, time, time);
        valid = SnapshotFolder.Long;
        if (SnapshotNode.PartOf(node) == DeltaPart.Deleted)
            return DeletedAttributes(context, delta, ref attributes);
        return entry.Attributes.IsRegular ? FileAttributesOf(context, node, delta, entry, ref attributes, ref valid) : FsError.None;
    }

    /// <summary>What clients have cached of files that are open must not be answered any more: their snapshot is released.</summary>
    public void Forget(Snapshot released)
    {
        foreach (NodeId node in handles.All<DeltaFile>().Where(f => f.Snapshot == released).Select(f => f.Node).Distinct())
            cache.InvalidateNode(node);
    }

    public FsError GetExtendedAttribute(NodeId node, ReadOnlySpan<byte> name, Span<byte> value, out int length)
    {
        length = 0;
        Delta? delta = engine.Deltas.Find(SnapshotNode.DeltaOf(node));
        FileListEntry? entry = delta is { Newer.Held: true } ? delta.Newer.Files.At(SnapshotNode.IndexOf(node)) : null;
        if (name.SequenceEqual(SnapshotFolder.StateName))
            return SnapshotFolder.Answer(Encoding.UTF8.GetBytes(SnapshotFolder.StateOf(delta?.Newer, entry)), value, out length);
        if (entry is null)
            return FsError.Io;
        foreach ((byte[] key, byte[] content) in entry.ExtendedAttributes ?? [])
        {
            if (name.SequenceEqual(key) && IsKept(key))
                return SnapshotFolder.Answer(content, value, out length);
        }
        return FsError.NoData;
    }

    public FsError ListExtendedAttributes(NodeId node, Span<byte> names, out int length)
    {
        length = 0;
        FsError error = Find(node, out _, out FileListEntry? entry);
        if (error != FsError.None)
            return error;
        var list = new List<byte>();
        foreach ((byte[] key, _) in entry!.ExtendedAttributes ?? [])
        {
            if (IsKept(key))
                list.AddRange([.. key, 0]);
        }
        list.AddRange([.. SnapshotFolder.StateName, 0]);
        return SnapshotFolder.Answer([.. list], names, out length);
    }

    /// <summary>Who may read it is the image's affair; what else its owner noted on the image isn't about these files.</summary>
    private static bool IsKept(ReadOnlySpan<byte> attribute) => attribute.StartsWith("system.posix_acl_"u8);

    private static ulong InodeOf(Delta delta, NodeId node) => SnapshotNode.PartOf(node) == DeltaPart.Deleted
        ? delta.DeletedInode : delta.InodeOf((int)SnapshotNode.IndexOf(node), SnapshotNode.PartOf(node) == DeltaPart.Description);

    /// <summary>The entry behind a node; an I/O error once the newer cut is released.</summary>
    private FsError Find(NodeId node, out Delta? delta, out FileListEntry? entry)
    {
        entry = null;
        delta = engine.Deltas.Find(SnapshotNode.DeltaOf(node));
        if (delta is null || !delta.Newer.Held)
            return FsError.Io;
        entry = delta.Newer.Files.At(SnapshotNode.IndexOf(node));
        return entry is null || (!entry.Attributes.IsDirectory && !entry.Attributes.IsRegular) ? FsError.Stale : FsError.None;
    }

    private FsError EntryOf(OperationContext context, NodeId node, out Entry entry)
    {
        entry = default;
        FsError error = GetAttributes(context, node, out entry.Attributes, out entry.Inode, out entry.AttributesValid);
        if (error != FsError.None)
            return error;
        entry.Node = node;
        entry.EntryValid = SnapshotFolder.Long;
        return FsError.None;
    }

    private FsError FileAttributesOf(OperationContext context, NodeId node, Delta delta, FileListEntry entry, ref FileAttributes attributes, ref TimeSpan valid)
    {
        bool json = SnapshotNode.PartOf(node) == DeltaPart.Description;
        attributes.Links = 1;
        if (!delta.TryGetInfo(entry.Index, out DeltaImageInfo info))
        {
            FsError error = LayOut(context, node, delta, entry, out ViewFile? view, out _);
            view?.Dispose();
            if (error == FsError.Io && delta.Newer.LossOf(entry.Image) is not null)
                (info, error) = (default, FsError.None);
            else if (error == FsError.None)
                _ = delta.TryGetInfo(entry.Index, out info);
            if (error != FsError.None)
                return error;
        }
        attributes.Size = json ? info.JsonLength : info.Length;
        attributes.Blocks = ((json ? info.JsonLength : info.Allocated) + 511) / 512;
        if (!info.Stored)
            valid = TimeSpan.Zero;
        return FsError.None;
    }

    private FsError DeletedAttributes(OperationContext context, Delta delta, ref FileAttributes attributes)
    {
        if (delta.DeletedLength < 0 && TellDeleted(context, delta, out _) is var error && error != FsError.None)
            return error;
        // The root's, but not for everybody: it names what lay in folders that not everybody may enter.
        attributes.Mode = FileAttributes.TypeRegular | (attributes.Mode & 0x120);
        attributes.Links = 1;
        attributes.Size = delta.DeletedLength;
        attributes.Blocks = (delta.DeletedLength + 511) / 512;
        return FsError.None;
    }

    private FsError TellDeleted(OperationContext context, Delta delta, out byte[] json)
    {
        json = [];
        if (!context.Worker.MayWait)
            return FsError.MustWait;
        Outcome outcome = engine.TellDeleted(delta, out json);
        if (outcome.Succeeded)
            delta.DeletedLength = json.LongLength;
        else
            options.Log($"deleted.json of the changes from '{delta.From!.Name}' to '{delta.To.Name}': {outcome.Message}");
        return outcome.Error;
    }
}
