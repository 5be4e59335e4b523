using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Snapshots;

/// <summary>One name of a snapshot: as it was at the cut, never changed.</summary>
public sealed class FileListEntry
{
    /// <summary>Its place in the list, and so part of its node id; 0: the root.</summary>
    public required int Index { get; init; }

    /// <summary>Index of the folder that it is in; the root's is 0.</summary>
    public required int Parent { get; init; }

    /// <summary>Last component as bytes; empty for the root.</summary>
    public required byte[] Name { get; init; }

    public required FileAttributes Attributes { get; init; }

    /// <summary>The image, for a regular file.</summary>
    public ImageId Image { get; init; }

    public byte[]? SymlinkTarget { get; init; }

    public IReadOnlyList<(byte[] Name, byte[] Value)>? ExtendedAttributes { get; init; }

    /// <summary>For a folder: indices of its entries, in the order of their names' bytes.</summary>
    public int[] Children { get; internal set; } = [];
}
