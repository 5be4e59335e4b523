namespace VdFs.FileSystem.Tree;

/// <summary>
/// What the client (the kernel) remembers of the mount, as the tree can correct it. Never called by a thread that is answering a
/// request of the same directory: the kernel may hold its lock. Unknown names and nodes are fine. Doesn't fail.
/// </summary>
public interface IClientCache
{
    /// <summary>A name appeared, went or leads elsewhere.</summary>
    void InvalidateEntry(NodeId parent, ReadOnlySpan<byte> name);

    /// <summary>A file's attributes and cached content are no longer right.</summary>
    void InvalidateNode(NodeId node);
}
