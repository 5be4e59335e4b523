using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Inodes;
using VdFs.Core.Snapshots;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Views;

/// <summary>Listing `.snapshots`, `.checkpoints` and the folders of views.</summary>
internal sealed partial class SnapshotFolder
{
    /// <summary>Cookies: 1 after `.`, 2 after `..`, 3 after `.checkpoints`; then an entry's own plus this.</summary>
    internal const ulong FirstCookie = 4;

    public FsError OpenDirectory(NodeId node, out OpenResult result)
    {
        result = default;
        if (SnapshotNode.IsDelta(node))
            return deltas.OpenDirectory(node, out result);
        FsError error = GetAttributes(node, out var attributes, out _, out _);
        if (error == FsError.None && !attributes.IsDirectory)
            return FsError.NotDirectory;
        result.CacheDirectory = SnapshotNode.CutOf(node) != 0 && !SnapshotNode.IsCheckpoint(node);
        return error;
    }

    public FsError ReadDirectory(NodeId node, ulong offset, bool plus, IDirectorySink sink)
    {
        if (SnapshotNode.IsDelta(node))
            return deltas.ReadDirectory(node, offset, plus, sink);
        FsError error = GetAttributes(node, out _, out ulong inode, out _);
        if (error != FsError.None)
            return error;
        if (!AddDots(inode, ParentInodeOf(node), offset, plus, sink))
            return FsError.None;
        if (SnapshotNode.IsCheckpoint(node))
            return FsError.None;
        return SnapshotNode.CutOf(node) == 0 ? ReadNames(node, offset, plus, sink) : ReadView(node, offset, plus, sink);
    }

    internal static bool AddDots(ulong inode, ulong parent, ulong offset, bool plus, IDirectorySink sink)
    {
        if (offset < 1)
        {
            if (!sink.Fits(1))
                return false;
            MountTree.AddTo(sink, plus, "."u8, 1, new Entry { Inode = inode, Attributes = { Mode = DirectoryMode } });
        }
        if (offset < 2)
        {
            if (!sink.Fits(2))
                return false;
            MountTree.AddTo(sink, plus, ".."u8, 2, new Entry { Inode = parent, Attributes = { Mode = DirectoryMode } });
        }
        return true;
    }

    private ulong ParentInodeOf(NodeId node)
    {
        if (node == SnapshotNode.Folder)
            return numbers.Root;
        if (SnapshotNode.IsCheckpoint(node))
            return InodePool.CheckpointsFolder;
        if (SnapshotNode.CutOf(node) == 0 || Find(node, out Snapshot? snapshot, out FileListEntry? folder) != FsError.None || folder!.Index == 0)
            return InodePool.SnapshotsFolder;
        return snapshot!.Inodes?.Of(snapshot.Files.Entries[folder.Parent]) ?? 0;
    }

    /// <summary>Held snapshots or checkpoints, by their cut's number: a cookie stays right while others come and go.</summary>
    private FsError ReadNames(NodeId node, ulong offset, bool plus, IDirectorySink sink)
    {
        bool checkpoints = node == SnapshotNode.Checkpoints;
        if (!checkpoints && offset < 3)
        {
            if (!sink.Fits(SnapshotNode.CheckpointsName.Length))
                return FsError.None;
            if (EntryOf(SnapshotNode.Checkpoints, out Entry folder) == FsError.None)
                MountTree.AddTo(sink, plus, SnapshotNode.CheckpointsName, 3, folder);
        }
        foreach (Snapshot snapshot in engine.Snapshots.All)
        {
            ulong cookie = (ulong)snapshot.Number + FirstCookie;
            if (snapshot.Held == checkpoints || cookie <= offset)
                continue;
            byte[] name = Encoding.UTF8.GetBytes(snapshot.Name);
            if (!sink.Fits(name.Length))
                return FsError.None;
            NodeId child = checkpoints ? SnapshotNode.OfCheckpoint(snapshot.Number) : SnapshotNode.Of(snapshot.Number, 0);
            if (EntryOf(child, out Entry entry) == FsError.None)
                MountTree.AddTo(sink, plus, name, cookie, entry);
        }
        return FsError.None;
    }

    private FsError ReadView(NodeId node, ulong offset, bool plus, IDirectorySink sink)
    {
        FsError error = Find(node, out Snapshot? snapshot, out FileListEntry? folder);
        if (error != FsError.None)
            return error;
        FileList files = snapshot!.Files;
        int first = offset < FirstCookie ? 0 : (int)(offset - FirstCookie) + 1;
        for (int i = first; i < folder!.Children.Length; i++)
        {
            FileListEntry child = files.Entries[folder.Children[i]];
            if (!sink.Fits(child.Name.Length))
                return FsError.None;
            error = EntryOf(SnapshotNode.Of(snapshot.Number, files.FirstLink(child).Index), out Entry entry);
            if (error != FsError.None)
                return error;
            MountTree.AddTo(sink, plus, child.Name, (ulong)i + FirstCookie, entry);
        }
        return FsError.None;
    }
}
