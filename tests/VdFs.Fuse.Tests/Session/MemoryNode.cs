using VdFs.Core.Storage;

namespace VdFs.Fuse.Tests.Session;

/// <summary>A file, directory or link of a <see cref="MemoryTree"/>.</summary>
internal sealed class MemoryNode
{
    public required ulong Id { get; init; }
    public FileAttributes Attributes;
    public byte[] Content = [];
    public SortedDictionary<string, MemoryNode> Children { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, byte[]> ExtendedAttributes { get; } = [];

    public void Resize(long length)
    {
        Array.Resize(ref Content, (int)length);
        Attributes.Size = length;
        Attributes.Blocks = (length + 511) / 512;
    }
}
