using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Backing;

/// <summary>
/// Keeps references of files that lost the name by which a later worker would find them: they may be open, and nothing else leads to them. Safe from any thread.
/// </summary>
public interface IReferenceKeeper
{
    /// <summary>Keeps the file; the reference stays the caller's. False: it isn't kept.</summary>
    bool Hold(NodeId node, BackingRef reference);

    /// <summary>The kernel forgot the node.</summary>
    void Drop(NodeId node);
}
