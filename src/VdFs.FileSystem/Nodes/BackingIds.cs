using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.FileSystem.Views;

namespace VdFs.FileSystem.Nodes;

/// <summary>
/// By which id the kernel reads a node's open files by itself. Its rule (fs/fuse/iomode.c): while one open of a node is read so, all are, by the same id;
/// while one is not, none is. So the first open decides, and what it decided stays until the last one is closed.
/// </summary>
internal sealed class BackingIds
{
    private readonly IPassthrough passthrough;

    /// <summary>Guards the uses. A leaf, held during calls of the kernel that don't wait for requests.</summary>
    private readonly Lock table = new();

    private readonly Dictionary<NodeId, Use> uses = [];

    /// <param name="passthrough">Gives ids.</param>
    /// <param name="handles">With what former workers left open.</param>
    public BackingIds(IPassthrough passthrough, HandleTable handles)
    {
        this.passthrough = passthrough;
        foreach ((NodeId node, int id) in handles.Taken())
        {
            if (!SnapshotNode.Is(node))
                uses[node] = new Use(id, uses.GetValueOrDefault(node).Opens + 1);
        }
    }

    /// <summary>Counts an open file. 0: its reads come to the daemon.</summary>
    public int Open(NodeId node, IBackingFile file)
    {
        lock (table)
        {
            Use use = uses.GetValueOrDefault(node);
            int id = use.Opens == 0 ? passthrough.Open(file) : use.Id;
            uses[node] = new Use(id, use.Opens + 1);
            return id;
        }
    }

    /// <summary>The kernel gave an open file back, and uses its id no more for that.</summary>
    public void Close(NodeId node)
    {
        lock (table)
        {
            if (!uses.TryGetValue(node, out Use use))
                return;
            if (use.Opens > 1)
            {
                uses[node] = use with { Opens = use.Opens - 1 };
                return;
            }
            uses.Remove(node);
            if (use.Id != 0)
                passthrough.Close(use.Id);
        }
    }

    /// <param name="Id">0: the daemon reads.</param>
    /// <param name="Opens">Open files of the node.</param>
    private readonly record struct Use(int Id, int Opens);
}
