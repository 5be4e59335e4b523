using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.TestKit.Memory;

/// <summary>A backing directory in memory: regular files in one folder, with identities as a real filesystem gives them.</summary>
public sealed class MemoryTree : IBackingTree
{
    private readonly Lock use = new();
    private readonly SortedDictionary<string, Node> names = new(StringComparer.Ordinal);
    private readonly Dictionary<ImageId, Node> retained = [];
    private ulong nextInode = 100;

    /// <summary>Called during a scan, before each folder is read: what a test does here happens "meanwhile".</summary>
    public Action? DuringScan { get; set; }

    /// <summary>Called after each folder was read: what a test does here the scan has missed.</summary>
    public Action? AfterReading { get; set; }

    public IEnumerable<string> Names
    {
        get
        {
            lock (use)
                return [.. names.Keys];
        }
    }

    public int RetainedCount => retained.Count;

    public MemoryFile Create(string name)
    {
        lock (use)
        {
            var node = new Node(nextInode++);
            names[name] = node;
            return node.File.Reopen();
        }
    }

    public MemoryFile Open(string name)
    {
        lock (use)
            return names[name].File.Reopen();
    }

    public FileKey KeyOf(string name)
    {
        lock (use)
            return names[name].Key;
    }

    public ImageIdentity IdentityOf(string name)
    {
        lock (use)
            return names[name].Identity;
    }

    public void Rename(string from, string to)
    {
        lock (use)
        {
            names.Remove(from, out Node? node);
            names[to] = node!;
        }
    }

    /// <summary>Removes a name; with an image's id its content stays as a retained link.</summary>
    public void Delete(string name, ImageId keepAs)
    {
        lock (use)
        {
            names.Remove(name, out Node? node);
            if (keepAs != ImageId.None)
                retained[keepAs] = node!;
        }
    }

    public FsError ReadFolder(ReadOnlySpan<byte> path, ICollection<TreeEntry> entries)
    {
        DuringScan?.Invoke();
        lock (use)
        {
            foreach ((string name, Node node) in names)
                entries.Add(EntryOf(name, node));
        }
        AfterReading?.Invoke();
        return FsError.None;
    }

    public FsError Stat(ReadOnlySpan<byte> path, out TreeEntry? entry)
    {
        lock (use)
        {
            if (path.IsEmpty)
            {
                entry = new TreeEntry { Name = [], Attributes = new FileAttributes { Key = new(1, 1), Mode = FileAttributes.TypeDirectory | 0x1ED, Links = 2 } };
                return FsError.None;
            }
            string name = Encoding.UTF8.GetString(path);
            entry = names.TryGetValue(name, out Node? node) ? EntryOf(name, node) : null;
            return entry is null ? FsError.NotFound : FsError.None;
        }
    }

    public FsError Identify(ReadOnlySpan<byte> path, out ImageIdentity? identity)
    {
        lock (use)
        {
            identity = names.TryGetValue(Encoding.UTF8.GetString(path), out Node? node) ? node.Identity : null;
            return identity is null ? FsError.NotFound : FsError.None;
        }
    }

    public FsError OpenImage(ImageId id, ImageIdentity identity, ReadOnlySpan<byte> pathHint, out IBackingFile? file)
    {
        lock (use)
        {
            Node? node = names.Values.Concat(retained.Values).FirstOrDefault(n => n.Identity == identity);
            file = node?.File.Reopen();
            return file is null ? FsError.Stale : FsError.None;
        }
    }

    public FsError SyncAll() => FsError.None;

    public FsError DropRetained(ImageId id)
    {
        lock (use)
            retained.Remove(id);
        return FsError.None;
    }

    public FsError ListRetained(ICollection<ImageId> ids)
    {
        lock (use)
        {
            foreach (ImageId id in retained.Keys)
                ids.Add(id);
        }
        return FsError.None;
    }

    private static TreeEntry EntryOf(string name, Node node)
    {
        _ = node.File.GetAttributes(out FileAttributes attributes);
        return new TreeEntry { Name = Encoding.UTF8.GetBytes(name), Attributes = attributes };
    }

    private sealed class Node
    {
        public Node(ulong inode)
        {
            Key = new FileKey(1, inode);
            var birth = new TimeSpec(1000 + (long)inode, 0);
            Identity = new ImageIdentity(7, inode, birth, 1, BitConverter.GetBytes(inode));
            File = new MemoryFile
            {
                Attributes = new FileAttributes { Key = Key, Mode = FileAttributes.TypeRegular | 0x1A4, Links = 1, BirthTime = birth },
            };
        }

        public FileKey Key { get; }

        public ImageIdentity Identity { get; }

        public MemoryFile File { get; }
    }
}
