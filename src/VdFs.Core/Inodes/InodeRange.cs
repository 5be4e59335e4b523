namespace VdFs.Core.Inodes;

/// <summary>Inode numbers from <paramref name="First"/> up to, and without, <paramref name="End"/>.</summary>
public readonly record struct InodeRange(uint First, uint End)
{
    public uint Count => End - First;
}
