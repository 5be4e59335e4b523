using System.Runtime.InteropServices;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Nodes;

/// <summary>
/// Handles of open files and directories: a place, and how often it was used before. Node and intent lie in memory that outlives the worker; the
/// object beside them is made again from those when it is missing.
/// </summary>
public sealed unsafe class HandleTable(TableMemory memory)
{
    private const int RecordSize = 32;

    private readonly HandleRecord* records = (HandleRecord*)memory.Address;
    private readonly uint capacity = (uint)Math.Min(memory.Length / RecordSize, uint.MaxValue);

    /// <summary>Guards giving and taking back; finding takes no lock.</summary>
    private readonly Lock table = new();

    private readonly Stack<uint> free = new();
    private volatile object?[] objects = new object?[256];
    private uint highest;

    /// <summary>A new handle; 0 if the table is full.</summary>
    /// <param name="node">What is open.</param>
    /// <param name="intent">How.</param>
    /// <param name="opened">What the handle stands for.</param>
    /// <param name="backingId">By which id the kernel reads it by itself; 0: it doesn't.</param>
    public ulong Add(NodeId node, OpenIntent intent, object opened, int backingId = 0)
    {
        lock (table)
        {
            if (!free.TryPop(out uint place))
            {
                if (highest + 1 >= capacity)
                    return 0;
                place = ++highest;
            }
            // After a worker's death places above are taken already.
            while (records[place].Taken != 0 && place + 1 < capacity)
                place = highest = Math.Max(highest, place) + 1;
            if (records[place].Taken != 0)
                return 0;
            if (place >= objects.Length)
            {
                var grown = new object?[Math.Max((int)place + 1, objects.Length * 2)];
                objects.CopyTo(grown, 0);
                objects = grown;
            }
            records[place].Node = node.Value;
            records[place].Intent = (uint)intent;
            records[place].BackingId = backingId;
            Volatile.Write(ref records[place].Taken, 1);
            objects[place] = opened;
            return place | ((ulong)records[place].Use << 32);
        }
    }

    /// <summary>What a handle stands for; null if it is no handle, or (then <paramref name="intent"/> and the node are known) if this worker has not opened it yet.</summary>
    public object? Find(ulong handle, out NodeId node, out OpenIntent intent)
    {
        uint place = (uint)handle;
        node = default;
        intent = default;
        if (place == 0 || place >= capacity || records[place].Taken == 0 || records[place].Use != (uint)(handle >> 32))
            return null;
        node = new NodeId(records[place].Node);
        intent = (OpenIntent)records[place].Intent;
        object?[] all = objects;
        return place < all.Length ? all[place] : null;
    }

    /// <summary>The usual case: the object, if it is there and of this type.</summary>
    public T? Find<T>(ulong handle)
        where T : class
    {
        uint place = (uint)handle;
        object?[] all = objects;
        return place < all.Length && place != 0 && records[place].Use == (uint)(handle >> 32) ? all[place] as T : null;
    }

    /// <summary>Puts the object of a handle that a former worker gave, unless another thread was first; returns the one that counts and disposes of the other.</summary>
    public IDisposable Restore(ulong handle, IDisposable opened)
    {
        lock (table)
        {
            uint place = (uint)handle;
            if (place >= objects.Length)
            {
                var grown = new object?[Math.Max((int)place + 1, objects.Length * 2)];
                objects.CopyTo(grown, 0);
                objects = grown;
            }
            if (objects[place] is IDisposable there)
            {
                opened.Dispose();
                return there;
            }
            objects[place] = opened;
            return opened;
        }
    }

    /// <summary>Takes a handle back and returns what it stood for.</summary>
    public object? Remove(ulong handle) => Remove(handle, out _);

    /// <summary>Takes a handle back and returns what it stood for: null too if only a former worker had opened it. The node is none if it was no handle.</summary>
    public object? Remove(ulong handle, out NodeId node)
    {
        lock (table)
        {
            object? opened = Find(handle, out node, out _);
            if (node.Value == 0)
                return null;
            uint place = (uint)handle;
            if (place < objects.Length)
                objects[place] = null;
            // In this order: a worker that dies in between leaves a place that is lost, and none whose handle means two files.
            Volatile.Write(ref records[place].Use, records[place].Use + 1);
            Volatile.Write(ref records[place].Taken, 0);
            free.Push(place);
            return opened;
        }
    }

    /// <summary>All that is open now in this worker.</summary>
    public IEnumerable<T> All<T>()
        where T : class => objects.OfType<T>();

    /// <summary>All handles that are taken, those of former workers included. Before the table is used.</summary>
    public IReadOnlyList<(NodeId Node, int BackingId)> Taken()
    {
        var taken = new List<(NodeId, int)>();
        // Places are given in ascending order: one that is neither taken nor was ends the table.
        for (uint place = 1; place < capacity && (records[place].Taken != 0 || records[place].Use != 0); place++)
        {
            if (records[place].Taken != 0)
                taken.Add((new NodeId(records[place].Node), records[place].BackingId));
        }
        return taken;
    }

    [StructLayout(LayoutKind.Sequential, Size = RecordSize)]
    private struct HandleRecord
    {
        public uint Use;
        public uint Taken;
        public ulong Node;
        public uint Intent;
        public int BackingId;
    }
}
