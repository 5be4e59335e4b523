namespace VdFs.FileSystem.Tree;

/// <summary>
/// What the kernel calls a file of the mount by. 1 is the root. Bit 63 set: something below `.snapshots`, computed from the cut's
/// number and the entry's index there. Otherwise: a place in the node table and how often it was used before. Never means two things.
/// </summary>
public readonly record struct NodeId(ulong Value)
{
    public static NodeId Root { get; } = new(1);

    public override string ToString() => Value.ToString("x");
}
