using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.TestKit.World;

/// <summary>An image's file in the simulated tree: its inode, who it is, and its times. Inode numbers are used again, identities never.</summary>
public sealed class SimulatedNode
{
    private long modified;
    private long changed;

    internal SimulatedNode(ulong number, long generation, long time, SimulatedDevice device)
    {
        var birth = new TimeSpec(1_700_000_000 + (time / 1_000_000_000), (uint)(time % 1_000_000_000));
        Key = new FileKey(1, number);
        Identity = new ImageIdentity(7, number, birth, 1, BitConverter.GetBytes(generation));
        Inode = new SimulatedInode(FileKind.Image, device);
        modified = changed = time;
    }

    public FileKey Key { get; }

    public ImageIdentity Identity { get; }

    public SimulatedInode Inode { get; }

    public FileAttributes Attributes => new()
    {
        Key = Key, Mode = FileAttributes.TypeRegular | 0x1A4, Links = 1, BirthTime = Identity.BirthTime, Size = Inode.Cache.Length,
        Blocks = Inode.Cache.Present.Count * 8L, ModifyTime = TimeOf(modified), ChangeTime = TimeOf(changed),
    };

    /// <summary>Time of modification, for who puts it back.</summary>
    internal long Modified => modified;

    /// <summary>Its content or its length changed.</summary>
    internal void Touch(long time) => modified = changed = time;

    /// <summary>Something else of it changed: a name, or a time that was set.</summary>
    internal void TouchInode(long time, long? modified = null)
    {
        changed = time;
        this.modified = modified ?? this.modified;
    }

    private static TimeSpec TimeOf(long time) => new(1_700_000_000 + (time / 1_000_000_000), (uint)(time % 1_000_000_000));
}
