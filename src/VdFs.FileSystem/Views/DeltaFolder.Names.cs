using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Inodes;
using VdFs.Core.Qcow2;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Views;

/// <summary>Names in a delta: those of the folders as they were, and two files for each name of an image.</summary>
internal sealed partial class DeltaFolder
{
    /// <summary>An image's longest name that isn't shortened leaves room for the time and the ending.</summary>
    private const int LongName = 200;

    public FsError OpenDirectory(NodeId node, out OpenResult result)
    {
        result = default;
        FsError error = Find(node, out _, out FileListEntry? entry);
        if (error == FsError.None && !entry!.Attributes.IsDirectory)
            return FsError.NotDirectory;
        result.CacheDirectory = error == FsError.None;
        return error;
    }

    /// <summary>Two cookies per name. Files are listed without being looked up: to tell their sizes, they have to be laid out.</summary>
    public FsError ReadDirectory(NodeId node, ulong offset, bool plus, IDirectorySink sink)
    {
        FsError error = Find(node, out Delta? delta, out FileListEntry? folder);
        if (error != FsError.None)
            return error;
        ulong parent = folder!.Index == 0 ? InodePool.SnapshotsFolder : delta!.InodeOf(folder.Parent, description: false);
        if (!SnapshotFolder.AddDots(InodeOf(delta!, node), parent, offset, plus, sink))
            return FsError.None;
        FileList files = delta!.Newer.Files;
        ulong first = offset < SnapshotFolder.FirstCookie ? 0 : offset - SnapshotFolder.FirstCookie + 1;
        for (ulong at = first; at < (ulong)folder.Children.Length * 2; at++)
        {
            FileListEntry child = files.Entries[folder.Children[(int)(at / 2)]];
            var part = (DeltaPart)(at % 2);
            bool folderItself = child.Attributes.IsDirectory && part == DeltaPart.Data;
            if (!folderItself && !child.Attributes.IsRegular)
                continue;
            byte[] name = folderItself ? child.Name : part == DeltaPart.Data ? delta.DataName(child.Name) : delta.DescriptionName(child.Name);
            if (!Add(sink, plus, name, delta, SnapshotNode.OfDelta(delta.Number, child.Index, part), child.Attributes.Mode, at))
                return FsError.None;
        }
        ulong last = (ulong)folder.Children.Length * 2;
        if (folder.Index == 0 && delta.From is not null && first <= last)
            Add(sink, plus, DeletedName(delta), delta, SnapshotNode.OfDelta(delta.Number, 0, DeltaPart.Deleted), FileAttributes.TypeRegular, last);
        return FsError.None;
    }

    private static bool Add(IDirectorySink sink, bool plus, byte[] name, Delta delta, NodeId node, uint mode, ulong at)
    {
        if (!sink.Fits(name.Length))
            return false;
        MountTree.AddTo(sink, plus, name, at + SnapshotFolder.FirstCookie, new Entry { Inode = InodeOf(delta, node), Attributes = { Mode = mode } });
        return true;
    }

    /// <summary>A folder of a delta holds the names of its images' files before those of its folders, should somebody have made one with the time of a cut in its name.</summary>
    private static NodeId? FindName(Delta delta, FileListEntry folder, ReadOnlySpan<byte> name)
    {
        FileList files = delta.Newer.Files;
        if (folder.Index == 0 && delta.From is not null && name.SequenceEqual(DeletedName(delta)))
            return SnapshotNode.OfDelta(delta.Number, 0, DeltaPart.Deleted);
        ReadOnlySpan<byte> time = System.Text.Encoding.ASCII.GetBytes("@" + Qcow2Names.Time(delta.Newer.Time));
        DeltaPart part = name.EndsWith(".json"u8) ? DeltaPart.Description : DeltaPart.Data;
        ReadOnlySpan<byte> stem = part == DeltaPart.Description ? name[..^".json".Length] : name.EndsWith(".qcow2"u8) ? name[..^".qcow2".Length] : [];
        if (stem.EndsWith(time))
        {
            FileListEntry? image = files.Find(folder, stem[..^time.Length]);
            if (image is null || !IsNameOf(delta, image, part, name))
                image = name.Length >= LongName ? FindShortened(delta, folder, part, name) : null;
            if (image is not null)
                return SnapshotNode.OfDelta(delta.Number, image.Index, part);
        }
        return files.Find(folder, name) is { Attributes.IsDirectory: true } found ? SnapshotNode.OfDelta(delta.Number, found.Index, DeltaPart.Data) : null;
    }

    private static FileListEntry? FindShortened(Delta delta, FileListEntry folder, DeltaPart part, ReadOnlySpan<byte> name)
    {
        foreach (int index in folder.Children)
        {
            FileListEntry child = delta.Newer.Files.Entries[index];
            if (child.Name.Length >= LongName && IsNameOf(delta, child, part, name))
                return child;
        }
        return null;
    }

    private static bool IsNameOf(Delta delta, FileListEntry entry, DeltaPart part, ReadOnlySpan<byte> name) =>
        entry.Attributes.IsRegular && name.SequenceEqual(part == DeltaPart.Data ? delta.DataName(entry.Name) : delta.DescriptionName(entry.Name));

    /// <summary>`deleted.json`, and one `~` more for each folder of the root that is called so.</summary>
    private static byte[] DeletedName(Delta delta)
    {
        byte[] name = [.. "deleted.json"u8];
        while (delta.Newer.Files.Find(delta.Newer.Files.Root, name) is { Attributes.IsDirectory: true })
            name = [.. name, (byte)'~'];
        return name;
    }
}
