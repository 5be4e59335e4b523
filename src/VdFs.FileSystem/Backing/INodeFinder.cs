using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Backing;

/// <summary>Finds the file that a node is, wherever it is now.</summary>
public interface INodeFinder
{
    /// <returns>None with <see cref="Core.Errors.FsError.Stale"/> if the node is unknown or its file is gone, or with why it can't be found now.</returns>
    PinnedRef Pin(NodeId node);
}
