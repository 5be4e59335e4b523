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
/// What must hold: a file that the kernel knows has one node, however many names. A reference that an operation has (<see cref="Pin"/>) stays open during it. Any other may be closed, but for
/// those that nothing else leads to: a node is found again by its file's handle, where the platform opens those, else at the name where it was last seen; and by neither if it has no name and
/// handles can't be opened. What is found is the same file, or the node is stale.
/// Order of locks: the table's, then that of <see cref="IdleDescriptors"/>. Under the table's the backing directory is called, and the supervisor is told without waiting.
/// </remarks>
public sealed unsafe class NodeTable : INodeFinder, IDisposable
{
    private const uint RootPlace = 1;

    /// <summary>Values of <see cref="NodeRecord.Kept"/>.</summary>
    private const byte NotKept = 0;
    private const byte HeldByKeeper = 1;

    /// <summary>It may have no name, and the supervisor has no room for it: it is there as long as this worker has it.</summary>
    private const byte HeldByNobody = 2;

    private readonly IBackingDirectory backing;
    private readonly IReferenceKeeper? keeper;
    private readonly IdleDescriptors pool;
    private readonly NodeRecord* records;
    private readonly uint capacity;

    /// <summary>Guards everything but the reading of references.</summary>
    private readonly Lock table = new();

    private readonly Dictionary<FileKey, uint> byFile = [];
    private readonly Stack<uint> free = new();

    /// <summary>Names of a node that are going just now.</summary>
    private readonly Dictionary<uint, uint> losing = [];
    private volatile NodeReference?[] references = [];
    private uint highest = RootPlace;

    /// <param name="memory">Zero, or a former worker's table.</param>
    /// <param name="backing">Where references come from and go back to.</param>
    /// <param name="root">Attributes of the root.</param>
    /// <param name="keeper">Takes references that a later worker couldn't find again; null: nobody does.</param>
    /// <param name="pool">Says how many references are open; null: any number.</param>
    public NodeTable(TableMemory memory, IBackingDirectory backing, in FileAttributes root, IReferenceKeeper? keeper = null, IdleDescriptors? pool = null)
    {
        this.pool = pool ?? new IdleDescriptors();
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
        SetReference(RootPlace, new NodeReference(this, RootPlace, backing.Root));
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

    /// <summary>The reference of a node, for one operation.</summary>
    /// <returns>None with <see cref="FsError.Stale"/> if the node is unknown or its file is gone, or with why it can't be found now.</returns>
    public PinnedRef Pin(NodeId node)
    {
        uint place = PlaceOf(node);
        if (place == 0)
            return new PinnedRef(FsError.Stale);
        NodeReference?[] all = references;
        return place < all.Length && all[place] is { } there && there.TryEnter() ? new PinnedRef(there) : PinClosed(place);
    }

    private PinnedRef PinClosed(uint place)
    {
        NodeReference? entered;
        FsError error;
        lock (table)
            error = Reopen(place, out entered);
        if (entered is null)
            return new PinnedRef(error);
        pool.Opened(entered);
        return new PinnedRef(entered);
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
        FsError error = Add(parent, name, reference, key, out node, out NodeReference? opened);
        if (opened is not null)
            pool.Opened(opened);
        return error;
    }

    private FsError Add(NodeId parent, ReadOnlySpan<byte> name, BackingRef reference, FileKey key, out NodeId node, out NodeReference? opened)
    {
        opened = null;
        lock (table)
        {
            if (byFile.TryGetValue(key, out uint place) && IsOfFormerFile(place, reference))
            {
                // The kernel gives the former node back some time; until then it is stale.
                byFile.Remove(key);
                records[place].Device = records[place].Inode = 0;
            }
            if (byFile.TryGetValue(key, out place))
            {
                // A former worker's node has none yet, and that of an idle one was closed; this one is sure, the name that was kept may not be.
                if (references[place] is null)
                    SetReference(place, opened = new NodeReference(this, place, reference));
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
                records[place].Kept = NotKept;
                records[place].ForgetHandle();
                SetName(place, PlaceOf(parent), name);
                // Last: a later worker must not take what a former user left here for this file.
                Volatile.Write(ref records[place].Taken, 1);
                byFile[key] = place;
                SetReference(place, opened = new NodeReference(this, place, reference));
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

    /// <summary>
    /// The file is about to lose a name, up to <see cref="EndLoss"/>: who has it open must find it in a later worker too. The supervisor gets it if it may be the last name, or if only names lead
    /// to it.
    /// </summary>
    /// <param name="key">The file; one that the kernel doesn't know is of no interest.</param>
    /// <param name="names">How many it has, by which clients see it.</param>
    public void BeginLoss(FileKey key, uint names)
    {
        lock (table)
        {
            if (!byFile.TryGetValue(key, out uint place))
                return;
            uint going = losing.GetValueOrDefault(place) + 1;
            losing[place] = going;
            if (records[place].Kept == HeldByKeeper || Reopen(place, out NodeReference? entered) != FsError.None)
                return;
            // One name of several: as long as the others are there, its handle leads to it.
            if (!TrySaveHandle(place, entered!.Reference) || !backing.OpensHandles || names <= going)
                records[place].Kept = keeper?.Hold(IdOf(place), entered!.Reference) == true ? HeldByKeeper : HeldByNobody;
            entered!.Exit();
            pool.Opened(entered);
        }
    }

    /// <summary>The name went, or didn't.</summary>
    public void EndLoss(FileKey key)
    {
        lock (table)
        {
            if (byFile.TryGetValue(key, out uint place) && losing.TryGetValue(place, out uint going) && going > 1)
                losing[place] = going - 1;
            else if (place != 0)
                losing.Remove(place);
        }
    }

    /// <summary>Whether it lost a name while the kernel knew it.</summary>
    public bool IsKept(NodeId node) => PlaceOf(node) is var place && place != 0 && records[place].Kept != NotKept;

    /// <summary>Takes what a former worker had kept. The reference is the table's from here on.</summary>
    public void Adopt(NodeId node, BackingRef reference)
    {
        lock (table)
        {
            uint place = PlaceOf(node);
            if (place > RootPlace && references.Length > 0 && (place >= references.Length || references[place] is null))
            {
                var adopted = new NodeReference(this, place, reference);
                SetReference(place, adopted);
                pool.Opened(adopted);
            }
            else
            {
                backing.Close(reference);
            }
        }
    }

    /// <summary>Takes lookups back; the last one gives the place free. More than there are, or of an unknown node: a hint from before a worker's death, no error.</summary>
    public void Forget(NodeId node, ulong count)
    {
        if (Remove(node, count) is not { } last)
            return;
        last.Close();
        pool.Closed(last);
    }

    /// <returns>The reference that is left over, if it was the last lookup; the caller's from here on.</returns>
    private NodeReference? Remove(NodeId node, ulong count)
    {
        lock (table)
        {
            uint place = PlaceOf(node);
            if (place <= RootPlace)
                return null;
            NodeRecord* record = records + place;
            record->Lookups -= Math.Min(count, record->Lookups);
            if (record->Lookups != 0)
                return null;
            byFile.Remove(KeyAt(place));
            NodeReference? reference = place < references.Length ? references[place] : null;
            SetReference(place, null);
            if (record->Kept == HeldByKeeper)
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
            foreach (NodeReference? reference in references)
            {
                reference?.Close();
                if (reference is not null)
                    pool.Closed(reference);
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
        SetReference(highest, null);
    }

    /// <summary>An idle reference is closed, unless nothing else leads to its file.</summary>
    internal bool TryRest(NodeReference reference)
    {
        lock (table)
        {
            uint place = reference.Place;
            if (place == RootPlace || place >= references.Length || references[place] != reference)
                return false;
            bool saved = TrySaveHandle(place, reference.Reference) && backing.OpensHandles;
            if (!saved && (records[place].Kept != NotKept || records[place].NameLength == 0))
                return false;
            if (records[place].Kept == HeldByNobody || !reference.TryClose())
                return false;
            SetReference(place, null);
        }
        reference.Release();
        return true;
    }

    internal void CloseReference(BackingRef reference) => backing.Close(reference);

    /// <summary>A node of a former worker, or one whose reference was closed: found again by its handle, or where it was last seen. Under the lock; entered on success.</summary>
    private FsError Reopen(uint place, out NodeReference? entered)
    {
        entered = place < references.Length ? references[place] : null;
        if (entered is not null && entered.TryEnter())
            return FsError.None;
        entered = null;
        FsError error = records[place].HasHandle && backing.OpensHandles ? FindByHandle(place, out BackingRef found) : FindByName(place, out found);
        if (error != FsError.None)
            return error;
        entered = new NodeReference(this, place, found);
        _ = entered.TryEnter();
        SetReference(place, entered);
        return FsError.None;
    }

    private FsError FindByHandle(uint place, out BackingRef found)
    {
        found = BackingRef.None;
        Span<byte> handle = stackalloc byte[NodeRecord.MaxHandle];
        int length = records[place].ReadHandle(handle);
        FsError error = backing.OpenHandle(handle[..length], out found, out FileAttributes attributes);
        return error == FsError.None ? Check(place, attributes.Key, ref found) : error.IsWant() ? error : FsError.Stale;
    }

    private FsError FindByName(uint place, out BackingRef found)
    {
        found = BackingRef.None;
        NodeRecord* record = records + place;
        uint parent = record->Parent;
        if (parent == 0 || parent == place || records[parent].Taken == 0 || record->NameLength == 0)
            return FsError.Stale;
        FsError error = Reopen(parent, out NodeReference? folder);
        if (error != FsError.None)
            return error;
        error = backing.Lookup(folder!.Reference, new ReadOnlySpan<byte>(record->Name, record->NameLength), out found, out FileAttributes attributes);
        folder.Exit();
        pool.Opened(folder);
        return error == FsError.None ? Check(place, attributes.Key, ref found) : error.IsWant() ? error : FsError.Stale;
    }

    /// <summary>Inode numbers alone are used again at once.</summary>
    private FsError Check(uint place, FileKey key, ref BackingRef found)
    {
        if (key == KeyAt(place) && (!records[place].HasHandle || IsHandleOf(found, place)))
            return FsError.None;
        backing.Close(found);
        found = BackingRef.None;
        return FsError.Stale;
    }

    /// <summary>While a node's reference is closed, its file may go, and another get its inode number.</summary>
    private bool IsOfFormerFile(uint place, BackingRef found) => references[place] is null && records[place].HasHandle && !IsHandleOf(found, place);

    private bool IsHandleOf(BackingRef found, uint place)
    {
        Span<byte> saved = stackalloc byte[NodeRecord.MaxHandle];
        Span<byte> handle = stackalloc byte[NodeRecord.MaxHandle];
        int length = records[place].ReadHandle(saved);
        return backing.TryGetHandle(found, handle, out int own) && handle[..own].SequenceEqual(saved[..length]);
    }

    /// <summary>So that it is found again without a name, by later workers too, or that what is found at its name can be compared.</summary>
    private bool TrySaveHandle(uint place, BackingRef reference)
    {
        if (records[place].HasHandle)
            return true;
        Span<byte> handle = stackalloc byte[NodeRecord.MaxHandle];
        if (!backing.TryGetHandle(reference, handle, out int length))
            return false;
        records[place].WriteHandle(handle[..length]);
        return true;
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

    private void SetReference(uint place, NodeReference? reference)
    {
        NodeReference?[] all = references;
        if (place >= all.Length)
        {
            var grown = new NodeReference?[Math.Max(1024, Math.Max((int)place + 1, all.Length * 2))];
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
