using VdFs.FileSystem.Nodes;

namespace VdFs.FileSystem.Journal;

/// <summary>
/// Requests that must not be done twice, in memory that outlives the worker: what was there before each, and its outcome. When the kernel sends a
/// request again to a new worker, this is where the worker sees whether a former one did it.
/// </summary>
/// <remarks>
/// <para>What must hold: the change that a request makes happens while its slot is <see cref="JournalState.Begun"/>, and the slot is
/// <see cref="JournalState.Done"/> before the answer goes out. A slot is free again only after the kernel took the answer; so a slot of a former worker stays
/// until its request came again. What was answered just before a death never comes again: such slots are used again, oldest first, when there are no
/// others. They are as many at most as there were threads at each death.</para>
/// <para>While a request that changes names is under way, the kernel holds the lock of its folder: nobody else changes the same name through the mount
/// between the death and the second try.</para>
/// </remarks>
public sealed unsafe class RequestJournal
{
    private readonly JournalSlot* slots;
    private readonly int count;

    /// <summary>Guards the fields below. A leaf.</summary>
    private readonly Lock guard = new();
    private readonly Dictionary<ulong, int> former = [];
    private readonly Stack<int> free = new();
    private long order;

    /// <param name="memory">Zero, or a former worker's.</param>
    public RequestJournal(TableMemory memory)
    {
        slots = (JournalSlot*)memory.Address;
        count = (int)(memory.Length / JournalSlot.SizeInBytes);
        for (int i = count - 1; i >= 0; i--)
        {
            order = Math.Max(order, slots[i].Order);
            if (slots[i].State == (int)JournalState.None)
                free.Push(i);
            else
                former[slots[i].Request] = i;
        }
    }

    /// <summary>Slots of former workers whose requests haven't come again (yet).</summary>
    public int FormerCount
    {
        get
        {
            lock (guard)
                return former.Count;
        }
    }

    /// <summary>Valid while the memory is mapped.</summary>
    internal JournalSlot* At(int slot) => slots + slot;

    /// <summary>All slots that a former worker left, oldest first.</summary>
    internal int[] Former()
    {
        lock (guard)
            return [.. former.Values.OrderBy(i => slots[i].Order)];
    }

    /// <summary>The slot that a former worker used for this request; -1: none. It is the caller's from here on.</summary>
    internal int Take(ulong request)
    {
        lock (guard)
            return former.Remove(request, out int slot) ? slot : -1;
    }

    /// <summary>A slot to write to.</summary>
    internal int Take()
    {
        lock (guard)
        {
            if (!free.TryPop(out int slot))
            {
                slot = -1;
                foreach (int one in former.Values)
                {
                    if (slot < 0 || slots[one].Order < slots[slot].Order)
                        slot = one;
                }
                if (slot < 0)
                    return -1;
                former.Remove(slots[slot].Request);
                Volatile.Write(ref slots[slot].State, (int)JournalState.None);
            }
            slots[slot].Order = ++order;
            return slot;
        }
    }

    /// <summary>Gives back what <see cref="Take(ulong)"/> gave.</summary>
    internal void PutBack(int slot)
    {
        lock (guard)
            former[slots[slot].Request] = slot;
    }

    internal void Free(int slot)
    {
        Volatile.Write(ref slots[slot].State, (int)JournalState.None);
        lock (guard)
            free.Push(slot);
    }
}
