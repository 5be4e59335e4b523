using VdFs.Core.Checksums;

namespace VdFs.Core.Preservation;

/// <summary>
/// What stands beside a pre-image, four bytes: its CRC-32C, or one of two reserved values. A checksum that happens to equal a reserved
/// value is moved out of its way.
/// </summary>
internal static class BlockSum
{
    /// <summary>No pre-image was kept; what a hole of the sums file reads as.</summary>
    public const uint None = 0;

    /// <summary>The pre-image is all zeros and takes no room in the store.</summary>
    public const uint Zeros = 1;

    public static uint Of(ReadOnlySpan<byte> block)
    {
        if (!block.ContainsAnyExcept((byte)0))
            return Zeros;
        uint crc = Crc32C.Compute(block);
        return crc <= Zeros ? crc + 2 : crc;
    }
}
