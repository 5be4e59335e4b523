using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Nodes;

/// <summary>
/// Which node is which file of the backing directory. The records lie in memory that outlives the worker; what this object holds beside them
/// (references, the index by file) is made again from them.
/// </summary>
/// <remarks>
/// What must hold: a file that the kernel knows has one node, however many names. The kernel never uses a node beyond its forgets, so a reference
/// that an operation got stays open during it.
/// </remarks>
public sealed unsafe class NodeTable : IDisposable
{
    private const uint RootPlace = 1;

    private readonly IBackingDirectory backing;
    private readonly IReferenceKeeper? keeper;
    private readonly NodeRecord* records;
    private readonly uint capacity;

    /// <summary>Guards everything but the reading of references.</summary>
    private readonly Lock table = new();

    private readonly Dictionary<FileKey, uint> byFile = [];
    private readonly Stack<uint> free = new();
    private volatile BackingRef[] references = [];
    private uint highest = RootPlace;

    /// <param name="memory">Zero, or a former worker's table.</param>
    /// <param name="backing">Where references come from and go back to.</param>
    /// <param name="root">Attributes of the root.</param>
    /// <param name="keeper">Takes references that a later worker couldn't find again; null: nobody does.</param>
    public NodeTable(TableMemory memory, IBackingDirectory backing, in FileAttributes root, IReferenceKeeper? keeper = null)
    {
        this.backing = backing;
        this.keeper = keeper;
        records = (NodeRecord*)memory.Address;
        capacity = (uint)Math.Min(memory.Length / NodeRecord.SizeInBytes, uint.MaxValue);
        NodeRecord* record = records + RootPlace;
        record->Taken = 1;
        record->Lookups = 1;
        record->Device = root.Key.Device;
        record->Inode = root.Key.Inode;
        record->Parent = RootPlace;
        Adopt();
        SetReference(RootPlace, backing.Root);
    }

    /// <summary>Nodes that the kernel knows.</summary>
    public int Count
    {
        get
        {
            lock (table)
                return byFile.Count;
        }
    }

    /// <summary>The reference of a node that the kernel may use now; none if it is unknown.</summary>
    public BackingRef Reference(NodeId node)
    {
        uint place = PlaceOf(node);
        if (place == 0)
            return BackingRef.None;
        BackingRef[] all = references;
        BackingRef reference = place < all.Length ? all[place] : BackingRef.None;
        return reference.IsNone ? Reopen(place) : reference;
    }

    public FileKey KeyOf(NodeId node)
    {
        uint place = PlaceOf(node);
        return place == 0 ? default : KeyAt(place);
    }

    /// <summary>
    /// Counts a lookup of a file that was found at a name. The reference is the table's from here on: kept, or closed if the file had one already.
    /// </summary>
    public FsError Add(NodeId parent, ReadOnlySpan<byte> name, BackingRef reference, FileKey key, out NodeId node)
    {
        lock (table)
        {
            if (byFile.TryGetValue(key, out uint place))
            {
                // A former worker's node has none yet; this one is sure, the name that was kept may not be.
                if (references[place].IsNone)
                    SetReference(place, reference);
                else
                    backing.Close(reference);
            }
            else
            {
                if (!free.TryPop(out place))
                {
                    if (highest + 1 >= capacity)
                    {
                        backing.Close(reference);
                        node = default;
                        return FsError.TooManyOpenFilesInSystem;
                    }
                    place = ++highest;
                }
                records[place].Lookups = 0;
                records[place].Device = key.Device;
                records[place].Inode = key.Inode;
                records[place].Kept = 0;
                SetName(place, PlaceOf(parent), name);
                // Last: a later worker must not take what a former user left here for this file.
                Volatile.Write(ref records[place].Taken, 1);
                byFile[key] = place;
                SetReference(place, reference);
            }
            records[place].Lookups++;
            SetName(place, PlaceOf(parent), name);
            node = IdOf(place);
            return FsError.None;
        }
    }

    /// <summary>Remembers where a renamed file is now. Unknown files are of no interest.</summary>
    public void Moved(FileKey key, NodeId newParent, ReadOnlySpan<byte> newName)
    {
        lock (table)
        {
            if (byFile.TryGetValue(key, out uint place))
                SetName(place, PlaceOf(newParent), newName);
        }
    }

    /// <summary>The file is about to lose a name: whoever has it open must find it in a later worker too.</summary>
    public void Keep(FileKey key)
    {
        if (keeper is null)
            return;
        lock (table)
        {
            if (!byFile.TryGetValue(key, out uint place) || records[place].Kept != 0)
                return;
            BackingRef reference = references[place].IsNone ? Reopen(place) : references[place];
            if (!reference.IsNone && keeper.Hold(IdOf(place), reference))
                records[place].Kept = 1;
        }
    }

    /// <summary>Whether it lost a name while the kernel knew it.</summary>
    public bool IsKept(NodeId node) => PlaceOf(node) is var place && place != 0 && records[place].Kept != 0;

    /// <summary>Takes what a former worker had kept. The reference is the table's from here on.</summary>
    public void Adopt(NodeId node, BackingRef reference)
    {
        lock (table)
        {
            uint place = PlaceOf(node);
            if (place > RootPlace && references.Length > 0 && (place >= references.Length || references[place].IsNone))
                SetReference(place, reference);
            else
                backing.Close(reference);
        }
    }

    /// <summary>Takes lookups back; the last one gives the place free. More than there are, or of an unknown node: a hint from before a worker's death, no error.</summary>
    public void Forget(NodeId node, ulong count)
    {
        BackingRef last = Remove(node, count);
        // Under no lock: of a deleted file, this may be what gives its room back, however long that takes.
        if (!last.IsNone)
            backing.Close(last);
    }

    /// <returns>The reference that is left over, if it was the last lookup; the caller's from here on.</returns>
    private BackingRef Remove(NodeId node, ulong count)
    {
        lock (table)
        {
            uint place = PlaceOf(node);
            if (place <= RootPlace)
                return BackingRef.None;
            NodeRecord* record = records + place;
            record->Lookups -= Math.Min(count, record->Lookups);
            if (record->Lookups != 0)
                return BackingRef.None;
            byFile.Remove(KeyAt(place));
            BackingRef reference = references[place];
            SetReference(place, BackingRef.None);
            if (record->Kept != 0)
                keeper?.Drop(node);
            // Ids must stay below bit 63, which marks nodes of snapshots. Before the place is free: a place that is both free and never used ends the table.
            Volatile.Write(ref record->Use, (record->Use + 1) & 0x3FFFFFFF);
            Volatile.Write(ref record->Taken, 0);
            free.Push(place);
            return reference;
        }
    }

    public void Dispose()
    {
        lock (table)
        {
            foreach (BackingRef reference in references)
            {
                if (!reference.IsNone)
                    backing.Close(reference);
            }
            references = [];
        }
    }

    private void Adopt()
    {
        for (uint place = RootPlace; place < capacity && (records[place].Taken != 0 || records[place].Use != 0); place++)
        {
            highest = place;
            if (records[place].Taken != 0)
                byFile[KeyAt(place)] = place;
            else
                free.Push(place);
        }
        SetReference(highest, BackingRef.None);
    }

    /// <summary>A node of a former worker, found again where it was last seen. None if another file is there now.</summary>
    private BackingRef Reopen(uint place)
    {
        lock (table)
        {
            if (place < references.Length && !references[place].IsNone)
                return references[place];
            NodeRecord* record = records + place;
            uint parent = record->Parent;
            if (parent == 0 || parent == place || records[parent].Taken == 0)
                return BackingRef.None;
            BackingRef folder = parent < references.Length && !references[parent].IsNone ? references[parent] : Reopen(parent);
            if (folder.IsNone)
                return BackingRef.None;
            if (backing.Lookup(folder, new ReadOnlySpan<byte>(record->Name, record->NameLength), out BackingRef found, out FileAttributes attributes) != FsError.None)
                return BackingRef.None;
            if (attributes.Key != KeyAt(place))
            {
                backing.Close(found);
                return BackingRef.None;
            }
            SetReference(place, found);
            return found;
        }
    }

    private void SetName(uint place, uint parent, ReadOnlySpan<byte> name)
    {
        NodeRecord* record = records + place;
        // Not written without need: a worker that dies in between leaves half a name.
        if (record->Parent == parent && name.SequenceEqual(new ReadOnlySpan<byte>(record->Name, record->NameLength)))
            return;
        record->Parent = parent;
        record->NameLength = (ushort)Math.Min(name.Length, NodeRecord.MaxName);
        name[..record->NameLength].CopyTo(new Span<byte>(record->Name, NodeRecord.MaxName));
    }

    private void SetReference(uint place, BackingRef reference)
    {
        BackingRef[] all = references;
        if (place >= all.Length)
        {
            var grown = new BackingRef[Math.Max(1024, Math.Max((int)place + 1, all.Length * 2))];
            Array.Fill(grown, BackingRef.None, all.Length, grown.Length - all.Length);
            all.CopyTo(grown, 0);
            grown[place] = reference;
            references = grown;
            return;
        }
        all[place] = reference;
    }

    private FileKey KeyAt(uint place) => new(records[place].Device, records[place].Inode);

    private NodeId IdOf(uint place) => new(place | ((ulong)records[place].Use << 32));

    private uint PlaceOf(NodeId node)
    {
        uint place = (uint)node.Value;
        return place != 0 && place < capacity && records[place].Taken != 0 && records[place].Use == (uint)(node.Value >> 32) ? place : 0;
    }
}
