using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Snapshots;

/// <summary>One name of the tree while a cut is being made.</summary>
internal sealed class ScanNode(TreeEntry entry, ImageId image, ScanNode? parent)
{
    public TreeEntry Entry { get; set; } = entry;

    public ImageId Image { get; set; } = image;

    public ScanNode? Parent { get; set; } = parent;

    /// <summary>By name, for folders.</summary>
    public SortedDictionary<byte[], ScanNode>? Children { get; set; } =
        entry.Attributes.IsDirectory ? new SortedDictionary<byte[], ScanNode>(ByteOrder.Instance) : null;

    public int Depth
    {
        get
        {
            int depth = 0;
            for (ScanNode? at = Parent; at is not null; at = at.Parent)
                depth++;
            return depth;
        }
    }

    public byte[] Path => Parent is null ? [] : Join(Parent.Path, Entry.Name);

    public static byte[] Join(byte[] folder, byte[] name) => folder.Length == 0 ? name : [.. folder, (byte)'/', .. name];
}

/// <summary>Names in the order of their bytes.</summary>
internal sealed class ByteOrder : IComparer<byte[]>
{
    public static ByteOrder Instance { get; } = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
