using VdFs.Core.Checksums;
using VdFs.Core.Tracking;

namespace VdFs.Core.Preservation;

/// <summary>
/// What stands beside a pre-image, four bytes: its CRC-32C, or one of three reserved values. A checksum that happens to equal a reserved
/// value is moved out of its way.
/// </summary>
internal static class BlockSum
{
    /// <summary>No pre-image was kept; what a hole of the sums file reads as.</summary>
    public const uint None = 0;

    /// <summary>The pre-image is all zeros and takes no room in the store.</summary>
    public const uint Zeros = 1;

    /// <summary>The pre-image shares the image's extents, and nobody read it: the filesystem vouches for it, as it does for the image.</summary>
    public const uint Shared = uint.MaxValue;

    public static uint Of(ReadOnlySpan<byte> block) => IsZero(block) ? Zeros : Moved(Crc32C.Compute(block));

    /// <summary>Sums of consecutive blocks, three at a time where none of them is zeros.</summary>
    public static void Of(ReadOnlySpan<byte> blocks, Span<uint> sums)
    {
        int i = 0;
        while (i < sums.Length)
        {
            ReadOnlySpan<byte> first = blocks.Slice(i * Block.Size, Block.Size);
            if (i + 3 > sums.Length || IsZero(first))
            {
                sums[i++] = Of(first);
                continue;
            }
            ReadOnlySpan<byte> second = blocks.Slice((i + 1) * Block.Size, Block.Size);
            ReadOnlySpan<byte> third = blocks.Slice((i + 2) * Block.Size, Block.Size);
            (uint x, uint y, uint z) = Crc32C.Compute(first, second, third);
            sums[i] = Moved(x);
            sums[i + 1] = IsZero(second) ? Zeros : Moved(y);
            sums[i + 2] = IsZero(third) ? Zeros : Moved(z);
            i += 3;
        }
    }

    private static bool IsZero(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);

    /// <summary>Whether blocks are what their sums say.</summary>
    public static bool Match(ReadOnlySpan<uint> kept, ReadOnlySpan<uint> found)
    {
        for (int i = 0; i < kept.Length; i++)
        {
            if (kept[i] != found[i] && kept[i] != Shared)
                return false;
        }
        return true;
    }

    private static uint Moved(uint crc) => crc <= Zeros ? crc + 2 : crc == Shared ? Shared - 1 : crc;
}
