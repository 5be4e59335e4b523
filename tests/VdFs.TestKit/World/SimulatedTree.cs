using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.TestKit.World;

/// <summary>
/// A backing directory: regular files in one folder, and hidden links. Names reach stable storage in their order, as journaled filesystems bring them
/// there: a power cut keeps the first few changes of names since the last sync, and of each file's bytes any subset.
/// </summary>
public sealed partial class SimulatedTree(SimulatedMachine machine, SimulatedDevice device) : IBackingTree
{
    private readonly List<NameChange> unsynced = [];
    private Names names = new();
    private Names durable = new();
    private long generation;

    public static FileKey RootKey { get; } = new(1, 1);

    public SimulatedDevice Device => device;

    public IEnumerable<KeyValuePair<string, SimulatedNode>> All => names.Files;

    public IEnumerable<KeyValuePair<ImageId, SimulatedNode>> Retained => names.Retained;

    public SimulatedNode? Find(string name) => names.Files.GetValueOrDefault(name);

    /// <summary>What the tree above the engine does: makes a file and opens it.</summary>
    public FsError Create(string name, out SimulatedFile? file)
    {
        file = null;
        FsError error = machine.Begin("tree.create", machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        SimulatedNode node = NewNode();
        if (fate != CallFate.PartThenDeath)
            Change(new(name, node, null, ImageId.None, null));
        machine.End("tree.create", fate);
        file = new SimulatedFile(machine, node.Inode, node);
        return FsError.None;
    }

    public FsError Open(SimulatedNode node, out SimulatedFile? file)
    {
        FsError error = machine.Begin("image.open", machine.Life, out CallFate fate);
        file = null;
        if (error != FsError.None)
            return error;
        machine.End("image.open", fate);
        file = new SimulatedFile(machine, node.Inode, node);
        return FsError.None;
    }

    public FsError Unlink(string name) => ChangeNames("tree.unlink", () => new(null, null, name, ImageId.None, null));

    public FsError Rename(string from, string to) => ChangeNames("tree.rename", () => new(to, names.Files[from], from, ImageId.None, null));

    /// <summary>Makes the hidden link that keeps an image's content.</summary>
    public FsError Retain(string name, ImageId id) => ChangeNames("tree.retain", () => new(null, null, null, id, names.Files[name]));

    public FsError DropRetained(ImageId id) => ChangeNames("tree.dropretained", () => new(null, null, null, id, null));

    public FsError ReadFolder(ReadOnlySpan<byte> path, ICollection<TreeEntry> entries)
    {
        FsError error = machine.Begin("tree.read", machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        foreach ((string name, SimulatedNode node) in names.Files)
            entries.Add(new TreeEntry { Name = Encoding.UTF8.GetBytes(name), Attributes = node.Attributes });
        machine.End("tree.read", fate);
        return FsError.None;
    }

    public FsError Stat(ReadOnlySpan<byte> path, out TreeEntry? entry)
    {
        entry = null;
        FsError error = machine.Begin("tree.stat", machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (path.IsEmpty)
            entry = new TreeEntry { Name = [], Attributes = new FileAttributes { Key = RootKey, Mode = FileAttributes.TypeDirectory | 0x1ED, Links = 2 } };
        else if (names.Files.TryGetValue(Encoding.UTF8.GetString(path), out SimulatedNode? node))
            entry = new TreeEntry { Name = path.ToArray(), Attributes = node.Attributes };
        machine.End("tree.stat", fate);
        return entry is null ? FsError.NotFound : FsError.None;
    }

    public FsError Identify(ReadOnlySpan<byte> path, out ImageIdentity? identity)
    {
        identity = null;
        FsError error = machine.Begin("tree.identify", machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        identity = names.Files.GetValueOrDefault(Encoding.UTF8.GetString(path))?.Identity;
        machine.End("tree.identify", fate);
        return identity is null ? FsError.NotFound : FsError.None;
    }

    public FsError OpenImage(ImageId id, ImageIdentity identity, ReadOnlySpan<byte> pathHint, out IBackingFile? file)
    {
        file = null;
        FsError error = machine.Begin("image.open", machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        SimulatedNode? node = names.Files.Values.Concat(names.Retained.Values).FirstOrDefault(n => n.Identity == identity);
        file = node is null ? null : new SimulatedFile(machine, node.Inode, node);
        machine.End("image.open", fate);
        return file is null ? FsError.Stale : FsError.None;
    }

    public FsError ListRetained(ICollection<ImageId> ids)
    {
        FsError error = machine.Begin("tree.listretained", machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        foreach (ImageId id in names.Retained.Keys)
            ids.Add(id);
        machine.End("tree.listretained", fate);
        return FsError.None;
    }

    public FsError SyncAll()
    {
        FsError error = machine.Begin("tree.syncall", machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (fate is CallFate.Whole or CallFate.WholeThenDeath)
        {
            foreach (SimulatedNode node in names.Files.Values.Concat(names.Retained.Values))
                node.Inode.Sync();
            durable = names.Clone();
            unsynced.Clear();
        }
        machine.End("tree.syncall", fate);
        return FsError.None;
    }

    /// <summary>What a power cut leaves. The device was emptied before.</summary>
    public void LosePower(Survival survival)
    {
        (double share, _) = survival.Of("tree names");
        foreach (NameChange change in unsynced)
        {
            if (!survival.Keeps(share))
                break;
            change.ApplyTo(durable);
        }
        unsynced.Clear();
        names = durable.Clone();
        foreach (SimulatedNode node in names.Files.Values.Concat(names.Retained.Values).Distinct())
        {
            node.Inode.LosePower(survival);
            device.Add(node.Inode);
        }
    }

    private SimulatedNode NewNode()
    {
        ulong number = 100;
        while (names.Files.Values.Concat(names.Retained.Values).Any(n => n.Key.Inode == number))
            number++;
        return new SimulatedNode(number, ++generation, machine.Tick(), device);
    }

    private FsError ChangeNames(string call, Func<NameChange> change)
    {
        FsError error = machine.Begin(call, machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (fate is CallFate.Whole or CallFate.WholeThenDeath)
        {
            NameChange made = change();
            if (!machine.Delays(call, () => () => Change(made)))
                Change(made);
        }
        machine.End(call, fate);
        return FsError.None;
    }

    private void Change(NameChange change)
    {
        SimulatedNode[] before = [.. names.Files.Values, .. names.Retained.Values];
        // A name more or less is a change of the file.
        SimulatedNode? touched = change.Linked ?? change.Node ?? (change.Link != ImageId.None ? names.Retained.GetValueOrDefault(change.Link) : null);
        touched?.TouchInode(machine.Tick());
        change.ApplyTo(names);
        unsynced.Add(change);
        foreach (SimulatedNode node in names.Files.Values)
            device.Add(node.Inode);
        foreach (SimulatedNode node in before)
        {
            if (!names.Files.ContainsValue(node) && !names.Retained.ContainsValue(node))
                device.Remove(node.Inode);
        }
    }

    private sealed class Names
    {
        public SortedDictionary<string, SimulatedNode> Files { get; init; } = new(StringComparer.Ordinal);

        public Dictionary<ImageId, SimulatedNode> Retained { get; init; } = [];

        public Names Clone() => new() { Files = new(Files, StringComparer.Ordinal), Retained = new(Retained) };
    }

    /// <summary>A name that came, one that went, both (a rename), or a hidden link that came or went; at once.</summary>
    private sealed record NameChange(string? Added, SimulatedNode? Node, string? Gone, ImageId Link, SimulatedNode? Linked)
    {
        public void ApplyTo(Names names)
        {
            if (Gone is not null)
                names.Files.Remove(Gone);
            if (Added is not null)
                names.Files[Added] = Node!;
            if (Link == ImageId.None)
                return;
            if (Linked is not null)
                names.Retained[Link] = Linked;
            else
                names.Retained.Remove(Link);
        }
    }
}
