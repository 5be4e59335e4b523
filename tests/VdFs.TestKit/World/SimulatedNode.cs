using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.TestKit.World;

/// <summary>An image's file in the simulated tree: its inode, who it is, and its times. Inode numbers are used again, identities never.</summary>
public sealed class SimulatedNode
{
    private long modified;

    internal SimulatedNode(ulong number, long generation, long time, SimulatedDevice device)
    {
        var birth = new TimeSpec(1_700_000_000 + (time / 1_000_000_000), (uint)(time % 1_000_000_000));
        Key = new FileKey(1, number);
        Identity = new ImageIdentity(7, number, birth, 1, BitConverter.GetBytes(generation));
        Inode = new SimulatedInode(FileKind.Image, device);
        modified = time;
    }

    public FileKey Key { get; }

    public ImageIdentity Identity { get; }

    public SimulatedInode Inode { get; }

    public FileAttributes Attributes
    {
        get
        {
            var time = new TimeSpec(1_700_000_000 + (modified / 1_000_000_000), (uint)(modified % 1_000_000_000));
            return new FileAttributes
            {
                Key = Key, Mode = FileAttributes.TypeRegular | 0x1A4, Links = 1, BirthTime = Identity.BirthTime, Size = Inode.Cache.Length,
                Blocks = Inode.Cache.Present.Count * 8L, ModifyTime = time, ChangeTime = time,
            };
        }
    }

    internal void Touch(long time) => modified = time;
}
