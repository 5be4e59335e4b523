namespace VdFs.Core.Qcow2;

/// <summary>
/// Sizes that QEMU accepts (docs/interop/qcow2.txt and block/qcow2.h of QEMU 7.2): an L1 table of at most 32 MiB, a refcount table of at most 8 MiB.
/// With 16-bit refcounts both come to the same: virtual size and file may reach 2^(2 * cluster bits + 19) bytes, 8 TiB with clusters of 4 KiB.
/// </summary>
public static class Qcow2Limits
{
    public const int MinClusterBits = 12;
    public const int MaxClusterBits = 21;

    /// <summary>Clusters of a standalone file at most, unless it is larger than they allow: 64 KiB.</summary>
    public const int FullBits = 16;

    public const int MaxBackingName = 1023;

    /// <summary>The unit of virtual sizes: a sector.</summary>
    public const int SizeUnit = 512;

    /// <summary>The largest virtual size, and the largest file, with these clusters.</summary>
    public static long MaxSize(int clusterBits) => 1L << ((2 * clusterBits) + 19);

    /// <summary>
    /// The smallest clusters for a delta: 4 KiB up to 8 TiB, 8 KiB up to 32 TiB, and so on.
    /// <paramref name="dataBytes"/> is what it holds at most; an image close to the limit that is rewritten nearly whole needs the next size, for the tables.
    /// </summary>
    /// <exception cref="Qcow2Exception">No clusters are large enough.</exception>
    public static int DeltaClusterBits(long virtualSize, long dataBytes) => Fit(MinClusterBits, virtualSize, dataBytes);

    /// <summary>The largest clusters of a standalone file: 64 KiB up to 2 PiB. Which are the best for what it holds, <see cref="ClusterChoice"/> says.</summary>
    /// <exception cref="Qcow2Exception">No clusters are large enough.</exception>
    public static int FullClusterBits(long virtualSize, long dataBytes) => Fit(FullBits, virtualSize, dataBytes);

    public static long RoundUp(long size) => (size + SizeUnit - 1) & ~(long)(SizeUnit - 1);

    internal static Qcow2Exception TooLarge(long virtualSize, int clusterBits) => new(
        Errors.FsError.FileTooLarge,
        $"an image of {virtualSize} bytes doesn't fit a qcow2 file with clusters of {1L << clusterBits} bytes: QEMU reads at most {MaxSize(clusterBits)} bytes of them, tables included; copy the image as a file");

    /// <summary>The smallest clusters from these on that can hold an image with that much data.</summary>
    internal static int Fit(int smallest, long virtualSize, long dataBytes)
    {
        for (int bits = smallest; bits <= MaxClusterBits; bits++)
        {
            // Tables take 1/512 of what they speak of with the smallest clusters, less with others; 1/256 leaves room for partly used ones.
            long room = MaxSize(bits) - (MaxSize(bits) >> 8);
            if (virtualSize <= MaxSize(bits) && dataBytes <= room)
                return bits;
        }
        throw TooLarge(virtualSize, MaxClusterBits);
    }
}
