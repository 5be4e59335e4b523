using VdFs.Core.Images;

namespace VdFs.TestKit.World;

/// <summary>What somebody does in the backing directory, past the engine: no call of a process that could die in it, and on stable storage at once.</summary>
public sealed partial class SimulatedTree
{
    /// <param name="node">The image.</param>
    /// <param name="offset">Where it is written.</param>
    /// <param name="data">What is written.</param>
    /// <param name="timeBack">The time of modification is put back; that of change can't be.</param>
    public void WriteBehind(SimulatedNode node, long offset, ReadOnlySpan<byte> data, bool timeBack = false)
    {
        long modified = node.Modified;
        _ = node.Inode.Write(offset, data);
        Behind(node, timeBack ? modified : null);
    }

    public void ResizeBehind(SimulatedNode node, long length)
    {
        node.Inode.Resize(length);
        Behind(node, null);
    }

    public void RenameBehind(string from, string to)
    {
        Change(new(to, names.Files[from], from, ImageId.None, null));
        SyncNames();
    }

    public void RemoveBehind(string name)
    {
        Change(new(null, null, name, ImageId.None, null));
        SyncNames();
    }

    /// <summary>Another file in an image's place, or under a new name.</summary>
    public SimulatedNode PutBehind(string name, ReadOnlySpan<byte> content)
    {
        SimulatedNode node = NewNode();
        _ = node.Inode.Write(0, content);
        Change(new(name, node, null, ImageId.None, null));
        Behind(node, null);
        SyncNames();
        return node;
    }

    private void Behind(SimulatedNode node, long? modified)
    {
        node.Inode.Sync();
        node.Touch(machine.Tick());
        if (modified is not null)
            node.TouchInode(machine.Tick(), modified);
    }

    private void SyncNames()
    {
        durable = names.Clone();
        unsynced.Clear();
    }
}
