using VdFs.Core.Tracking;

namespace VdFs.TestKit.World;

/// <summary>
/// A file as the machine has it: what processes see (the page cache), what is on stable storage, and every change in between. A power cut leaves any
/// subset of these, torn at sectors.
/// </summary>
public sealed class SimulatedInode(FileKind kind, SimulatedDevice device)
{
    private readonly List<Change> unsynced = [];

    public FileKind Kind { get; } = kind;

    public SimulatedDevice Device { get; } = device;

    public Pages Cache { get; private set; } = new();

    public Pages Durable { get; private set; } = new();

    public bool IsDirty => unsynced.Count != 0;

    /// <summary>Takes as much as there is room for; how much that is.</summary>
    public int Write(long offset, ReadOnlySpan<byte> data)
    {
        int room = Room(offset, data.Length);
        if (room == 0)
            return 0;
        Cache.Write(offset, data[..room]);
        unsynced.Add(new(ChangeKind.Write, offset, room, data[..room].ToArray()));
        return room;
    }

    public void Resize(long length)
    {
        Cache.Resize(length);
        unsynced.Add(new(ChangeKind.Resize, length, 0, null));
    }

    public void Clear(long from, long to)
    {
        Cache.Clear(from, to);
        unsynced.Add(new(ChangeKind.Clear, from, to, null));
    }

    public void Sync()
    {
        if (unsynced.Count == 0)
            return;
        Durable = Cache.Clone();
        unsynced.Clear();
    }

    /// <summary>The machine lost its power: what survived is on stable storage, and all that there is.</summary>
    public void LosePower(Survival survival)
    {
        if (unsynced.Count == 0)
            return;
        (double share, bool torn) = survival.Of(Kind.Name);
        foreach (Change change in unsynced)
        {
            if (change.Kind == ChangeKind.Write && torn && share is > 0 and < 1)
                KeepSectors(change, survival, share);
            else if (survival.Keeps(share))
                change.ApplyTo(Durable);
        }
        unsynced.Clear();
        Cache = Durable.Clone();
    }

    private void KeepSectors(Change change, Survival survival, double share)
    {
        for (int at = 0; at < change.Data!.Length;)
        {
            int length = Math.Min(Pages.Sector - (int)((change.From + at) & (Pages.Sector - 1)), change.Data.Length - at);
            if (survival.Keeps(share))
                Durable.Write(change.From + at, change.Data.AsSpan(at, length));
            at += length;
        }
    }

    private int Room(long offset, int length)
    {
        if (Device.IsUnlimited || length == 0)
            return length;
        long free = Device.Capacity - Device.Used;
        int room = 0;
        while (room < length)
        {
            long block = Block.Of(offset + room);
            if (!Cache.Has(block) && --free < 0)
                break;
            room = (int)Math.Min(((block + 1) << Block.Shift) - offset, length);
        }
        return room;
    }

    private enum ChangeKind
    {
        Write,
        Resize,
        Clear,
    }

    private readonly record struct Change(ChangeKind Kind, long From, long To, byte[]? Data)
    {
        public void ApplyTo(Pages pages)
        {
            switch (Kind)
            {
                case ChangeKind.Write: pages.Write(From, Data); break;
                case ChangeKind.Resize: pages.Resize(From); break;
                default: pages.Clear(From, To); break;
            }
        }
    }
}
