using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;

namespace VdFs.FileSystem.Tests.Tree;

/// <summary>A supervisor's part of <see cref="TreeWorld"/>: keeps descriptors for the next worker.</summary>
internal sealed class KeptFiles : IReferenceKeeper, IDisposable
{
    private readonly Dictionary<NodeId, int> kept = [];

    public int Count => kept.Count;

    public bool Hold(NodeId node, BackingRef reference)
    {
        kept[node] = ProcessCalls.Duplicate((int)reference.Value);
        return true;
    }

    public void Drop(NodeId node)
    {
        if (kept.Remove(node, out int descriptor))
            ProcessCalls.Close(descriptor);
    }

    public void PassTo(MountTree tree)
    {
        foreach ((NodeId node, int descriptor) in kept)
            tree.Adopt(node, new BackingRef(ProcessCalls.Duplicate(descriptor)));
    }

    public void Dispose()
    {
        foreach (NodeId node in kept.Keys.ToArray())
            Drop(node);
    }
}
