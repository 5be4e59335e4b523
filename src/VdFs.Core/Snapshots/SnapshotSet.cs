namespace VdFs.Core.Snapshots;

/// <summary>All cuts that have a name, oldest first. Reading takes no lock; only commands, under the engine's cut lock, change it.</summary>
public sealed class SnapshotSet
{
    private volatile Snapshot[] all = [];

    public IReadOnlyList<Snapshot> All => all;

    public Snapshot? Find(string name) => all.FirstOrDefault(s => s.Name == name);

    public Snapshot? FindHeld(string name) => all.FirstOrDefault(s => s.Held && s.Name == name);

    public Snapshot? FindCheckpoint(string name) => all.FirstOrDefault(s => !s.Held && s.Name == name);

    /// <summary>The snapshot or checkpoint of a cut.</summary>
    public Snapshot? Find(long number)
    {
        foreach (Snapshot snapshot in all)
        {
            if (snapshot.Number == number)
                return snapshot;
        }
        return null;
    }

    internal void Add(Snapshot snapshot) => all = [.. all.Append(snapshot).OrderBy(s => s.Number)];

    internal void Remove(Snapshot snapshot) => all = [.. all.Where(s => s != snapshot)];
}
