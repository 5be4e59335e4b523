using System.Globalization;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>Files without a name, whose descriptors the mount's keeper holds for later workers.</summary>
internal sealed class KeptReferences(IMountKeeper keeper) : IReferenceKeeper
{
    private const string Prefix = "file-";

    public bool Hold(NodeId node, BackingRef reference) => keeper.Hold(NameOf(node), (int)reference.Value);

    public void Drop(NodeId node) => keeper.Drop(NameOf(node));

    /// <summary>Gives a tree what former workers had kept.</summary>
    /// <returns>Their nodes.</returns>
    public static IReadOnlyList<NodeId> Adopt(HeldDescriptors held, MountTree tree)
    {
        var nodes = new List<NodeId>();
        foreach (var name in held.Names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToList())
        {
            int descriptor = held.Take(name);
            if (ulong.TryParse(name.AsSpan(Prefix.Length), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong number))
            {
                tree.Adopt(new NodeId(number), new BackingRef(descriptor));
                nodes.Add(new NodeId(number));
            }
            else
            {
                ProcessCalls.Close(descriptor);
            }
        }
        return nodes;
    }

    /// <summary>Gives up those that the kernel no longer knows: that it forgot them may have been told to a worker that died before it could pass it on.</summary>
    public void Review(IReadOnlyList<NodeId> nodes, KernelCache kernel)
    {
        foreach (var node in nodes)
        {
            if (!kernel.Knows(node))
                Drop(node);
        }
    }

    private static string NameOf(NodeId node) => Prefix + node.Value.ToString("x", CultureInfo.InvariantCulture);
}
