namespace VdFs.FileSystem.Tree;

/// <summary>What clients have open beside what they ask for, as far as the platform lets the daemon see it.</summary>
public interface IOpenFolders
{
    /// <summary>
    /// Whether the client that asks has a folder of this mount open (a descriptor; a working directory is none). Reads what the kernel knows, and so never waits for a filesystem. For a thread that may
    /// wait: it looks at each of the client's descriptors.
    /// </summary>
    /// <param name="caller">Who asks, and waits for the answer meanwhile.</param>
    /// <param name="inodes">Which inode numbers are meant.</param>
    /// <returns>The client, in words for the log; null if it has none of them open, or can't be seen.</returns>
    string? FindHolder(Caller caller, Func<ulong, bool> inodes);
}
