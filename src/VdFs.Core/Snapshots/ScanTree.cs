using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Core.Snapshots;

/// <summary>
/// The backing tree as a cut finds it: scanned as a whole while the mount is in use, then, with the gate closed, only where it changed.
/// </summary>
internal sealed class ScanTree
{
    private readonly Dictionary<FileKey, List<ScanNode>> byKey = [];
    private readonly ScanNode root;

    public ScanTree(TreeEntry rootEntry)
    {
        root = new ScanNode(rootEntry, ImageId.None, null);
        Index(root);
    }

    /// <summary>The second look found something that the first had otherwise, or not.</summary>
    public bool Changed { get; private set; }

    /// <summary>All files that were seen.</summary>
    public IEnumerable<FileKey> Files => byKey.Keys;

    /// <summary>All images that have a name in it.</summary>
    public HashSet<ImageId> Images()
    {
        var images = new HashSet<ImageId>();
        var folders = new Stack<ScanNode>([root]);
        while (folders.TryPop(out ScanNode? folder))
        {
            foreach (ScanNode child in folder.Children!.Values)
            {
                if (child.Image != ImageId.None)
                    images.Add(child.Image);
                if (child.Children is not null)
                    folders.Push(child);
            }
        }
        return images;
    }

    public static FsError Scan(IBackingTree backing, ImageIdentifier images, out ScanTree? tree)
    {
        tree = null;
        FsError error = backing.Stat([], out TreeEntry? entry);
        if (error != FsError.None)
            return error;
        var scanned = new ScanTree(entry!);
        error = scanned.ScanFolder(backing, images, scanned.root, again: false);
        if (error == FsError.None)
            tree = scanned;
        return error;
    }

    /// <summary>Looks again at what was noted since the scan began. The gate is closed.</summary>
    public FsError Rescan(IBackingTree backing, ImageIdentifier images, IReadOnlyCollection<FileKey> dirty)
    {
        // Parents first: what was moved is found below its new folder and gone from its old one by the time that it would be looked at itself.
        ScanNode[] nodes = [.. dirty.SelectMany(k => byKey.TryGetValue(k, out List<ScanNode>? list) ? list : []).OrderBy(n => n.Depth)];
        foreach (ScanNode node in nodes)
        {
            if (!IsAttached(node))
                continue;
            byte[] path = node.Path;
            FsError error = backing.Stat(path, out TreeEntry? entry);
            if (error == FsError.NotFound && node.Parent is not null)
            {
                Remove(node);
                continue;
            }
            if (error != FsError.None)
                return error;
            if (!IsSameFile(entry!.Attributes, node.Entry.Attributes) && node.Parent is not null)
            {
                // Another file took the name; its folder is dirty too and was looked at, so this came from behind VdFs's back.
                ScanNode folder = node.Parent;
                Remove(node);
                error = Add(backing, images, folder, entry, again: true);
            }
            else
            {
                Update(node, entry);
                if (node.Children is not null)
                    error = RescanFolder(backing, images, node, path);
            }
            if (error != FsError.None)
                return error;
        }
        return FsError.None;
    }

    /// <summary>The list of a snapshot: of everything, or of the images that a selection takes, with the folders above them.</summary>
    public FileList ToFileList(ImageSelection? selection)
    {
        var entries = new List<FileListEntry>();
        Append(root, 0, []);
        return new FileList([.. entries]);

        bool Append(ScanNode node, int parent, byte[] path)
        {
            int index = entries.Count;
            entries.Add(new FileListEntry
            {
                Index = index,
                Parent = parent,
                Name = node.Entry.Name,
                Attributes = node.Entry.Attributes,
                Image = node.Image,
                SymlinkTarget = node.Entry.SymlinkTarget,
                ExtendedAttributes = node.Entry.ExtendedAttributes,
            });
            bool wanted = selection is null || (node.Image != ImageId.None && selection.Takes(path));
            foreach ((byte[] name, ScanNode child) in node.Children ?? [])
                wanted |= Append(child, index, ScanNode.Join(path, name));
            if (!wanted && index != 0)
                entries.RemoveRange(index, entries.Count - index);
            return wanted;
        }
    }

    /// <summary>Images in the list of a snapshot, as they are now; one with several names may come as often. Costs little: the gate is closed.</summary>
    public void VisitImages(ImageSelection? selection, Action<ImageId, FileAttributes> visit)
    {
        var folders = new Stack<(ScanNode Folder, byte[] Path)>([(root, [])]);
        while (folders.TryPop(out (ScanNode Folder, byte[] Path) at))
        {
            foreach ((byte[] name, ScanNode child) in at.Folder.Children!)
            {
                // Paths are made only for who asks for them.
                byte[] path = selection is null ? [] : ScanNode.Join(at.Path, name);
                if (child.Image != ImageId.None && selection?.Takes(path) != false)
                    visit(child.Image, child.Entry.Attributes);
                if (child.Children is not null)
                    folders.Push((child, path));
            }
        }
    }

    /// <summary>Paths of all images.</summary>
    public IEnumerable<byte[]> ImagePaths()
    {
        var folders = new Stack<(ScanNode Folder, byte[] Path)>([(root, [])]);
        while (folders.TryPop(out (ScanNode Folder, byte[] Path) at))
        {
            foreach ((byte[] name, ScanNode child) in at.Folder.Children!)
            {
                byte[] path = ScanNode.Join(at.Path, name);
                if (child.Image != ImageId.None)
                    yield return path;
                if (child.Children is not null)
                    folders.Push((child, path));
            }
        }
    }

    private FsError ScanFolder(IBackingTree backing, ImageIdentifier images, ScanNode folder, bool again)
    {
        var entries = new List<TreeEntry>();
        FsError error = backing.ReadFolder(folder.Path, entries);
        // A folder that went away while its parent was being read is no error: the parent is dirty.
        if (error is FsError.NotFound or FsError.NotDirectory or FsError.CrossDevice)
            return FsError.None;
        foreach (TreeEntry entry in entries)
        {
            if (error != FsError.None)
                return error;
            error = Add(backing, images, folder, entry, again);
        }
        return error;
    }

    private FsError RescanFolder(IBackingTree backing, ImageIdentifier images, ScanNode folder, byte[] path)
    {
        var entries = new List<TreeEntry>();
        FsError error = backing.ReadFolder(path, entries);
        if (error != FsError.None)
            return error;
        var names = new HashSet<ScanNode>();
        foreach (TreeEntry entry in entries)
        {
            bool known = folder.Children!.TryGetValue(entry.Name, out ScanNode? child);
            if (known && IsSameFile(child!.Entry.Attributes, entry.Attributes))
            {
                names.Add(child);
                if (child.Entry.Attributes != entry.Attributes)
                    Update(child, entry);
                continue;
            }
            if (known)
                Remove(child!);
            error = Add(backing, images, folder, entry, again: true);
            if (error != FsError.None)
                return error;
            names.Add(folder.Children[entry.Name]);
        }
        foreach (ScanNode gone in folder.Children!.Values.Where(c => !names.Contains(c)).ToArray())
            Remove(gone);
        return FsError.None;
    }

    private FsError Add(IBackingTree backing, ImageIdentifier images, ScanNode folder, TreeEntry entry, bool again)
    {
        ImageId image = ImageId.None;
        byte[] path = ScanNode.Join(folder.Path, entry.Name);
        if (entry.Attributes.IsRegular)
        {
            FsError error = images.Identify(path, entry, out image);
            if (error is FsError.NotFound or FsError.CrossDevice)
                return FsError.None;
            if (error != FsError.None)
                return error;
        }
        var node = new ScanNode(entry, image, folder);
        Attach(folder, node);
        Changed |= again;
        return node.Children is null ? FsError.None : ScanFolder(backing, images, node, again);
    }

    private void Update(ScanNode node, TreeEntry entry)
    {
        node.Entry = entry;
        Changed = true;
    }

    private void Remove(ScanNode node)
    {
        node.Parent!.Children!.Remove(node.Entry.Name);
        node.Parent = null;
        Changed = true;
    }

    private void Attach(ScanNode folder, ScanNode node)
    {
        folder.Children![node.Entry.Name] = node;
        Index(node);
    }

    private void Index(ScanNode node)
    {
        if (!byKey.TryGetValue(node.Entry.Attributes.Key, out List<ScanNode>? list))
            byKey[node.Entry.Attributes.Key] = list = new List<ScanNode>(1);
        list.Add(node);
    }

    /// <summary>An inode number is given out again at once; the birth time tells the new file from the old one.</summary>
    private static bool IsSameFile(in FileAttributes one, in FileAttributes other) => one.Key == other.Key && one.BirthTime == other.BirthTime;

    private bool IsAttached(ScanNode node)
    {
        ScanNode at = node;
        while (at.Parent is not null)
            at = at.Parent;
        return at == root;
    }
}
