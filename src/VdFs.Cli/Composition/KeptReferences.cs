using System.Globalization;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Session;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>Files without a name, whose descriptors the mount's keeper holds for later workers.</summary>
/// <param name="keeper">Holds them.</param>
/// <param name="most">How many, so that the next worker, which gets all of them at its start, has descriptors left.</param>
/// <param name="warn">Is told once that there are more.</param>
internal sealed class KeptReferences(IMountKeeper keeper, int most, Action<string> warn) : IReferenceKeeper
{
    private const string Prefix = "file-";
    private int count;
    private int told;

    public bool Hold(NodeId node, BackingRef reference)
    {
        if (Interlocked.Increment(ref count) <= most && keeper.Hold(NameOf(node), (int)reference.Value))
            return true;
        Interlocked.Decrement(ref count);
        if (keeper.Holder != MountHolders.None && Interlocked.Exchange(ref told, 1) == 0)
        {
            warn($"Clients have more than {most} files open that have no name: those beyond are lost if the worker dies before they are closed. Raise the limit of open files (`ulimit -n`, LimitNOFILE=, and "
                + "FileDescriptorStoreMax= under systemd), and mount again.");
        }
        return false;
    }

    public void Drop(NodeId node)
    {
        Interlocked.Decrement(ref count);
        keeper.Drop(NameOf(node));
    }

    /// <summary>Gives a tree what former workers had kept.</summary>
    /// <returns>Their nodes.</returns>
    public IReadOnlyList<NodeId> Adopt(HeldDescriptors held, MountTree tree)
    {
        var nodes = new List<NodeId>();
        foreach (var name in held.Names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToList())
        {
            int descriptor = held.Take(name);
            if (ulong.TryParse(name.AsSpan(Prefix.Length), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong number))
            {
                Interlocked.Increment(ref count);
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
