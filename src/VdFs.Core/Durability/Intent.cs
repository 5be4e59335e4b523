using VdFs.Core.Images;

namespace VdFs.Core.Durability;

/// <summary>What may have changed since it was last known to be on stable storage.</summary>
/// <param name="Image">None: every image.</param>
/// <param name="Region">Number of the region (126 MiB, a page of the change record), or <see cref="WholeImage"/>.</param>
/// <param name="Since">The generation in which it was written down.</param>
public readonly record struct Intent(ImageId Image, int Region, long Since)
{
    public const int WholeImage = -1;
}
