namespace VdFs.Core.Snapshots;

/// <summary>All cuts that have a name, oldest first. Reading takes no lock; only commands, under the engine's cut lock, change it.</summary>
public sealed class SnapshotSet
{
    private volatile Snapshot[] all = [];

    public IReadOnlyList<Snapshot> All => all;

    public Snapshot? Find(string name)
    {
        foreach (Snapshot snapshot in all)
        {
            if (snapshot.Name == name)
                return snapshot;
        }
        return null;
    }

    public Snapshot? FindHeld(string name) => Find(name, held: true);

    public Snapshot? FindCheckpoint(string name) => Find(name, held: false);

    /// <summary>The snapshot or checkpoint of a cut. Each request of a view asks: by halves, since there may be many.</summary>
    public Snapshot? Find(long number)
    {
        Snapshot[] sorted = all;
        int low = 0;
        int high = sorted.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            long found = sorted[middle].Number;
            if (found == number)
                return sorted[middle];
            if (found < number)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return null;
    }

    private Snapshot? Find(string name, bool held)
    {
        foreach (Snapshot snapshot in all)
        {
            if (snapshot.Held == held && snapshot.Name == name)
                return snapshot;
        }
        return null;
    }

    internal void Add(Snapshot snapshot) => all = [.. all.Append(snapshot).OrderBy(s => s.Number)];

    internal void Remove(Snapshot snapshot) => all = [.. all.Where(s => s != snapshot)];
}
