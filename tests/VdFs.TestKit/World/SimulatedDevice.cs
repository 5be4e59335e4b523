namespace VdFs.TestKit.World;

/// <summary>Room that images, state and stores take, in blocks; they may share one. Names cost nothing.</summary>
public sealed class SimulatedDevice
{
    private readonly HashSet<SimulatedInode> inodes = [];

    /// <summary>Blocks of 4 KiB.</summary>
    public long Capacity { get; set; } = 1L << 28;

    public long Used => inodes.Sum(i => (long)i.Cache.Present.Count);

    public bool IsUnlimited => Capacity >= 1L << 28;

    internal void Add(SimulatedInode inode) => inodes.Add(inode);

    internal void Remove(SimulatedInode inode) => inodes.Remove(inode);

    internal void Clear() => inodes.Clear();
}
