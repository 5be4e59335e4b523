namespace VdFs.Core.Tracking;

/// <summary>The unit of tracking and of preservation: 4 KiB of an image, numbered from its beginning.</summary>
public static class Block
{
    public const int Shift = 12;
    public const int Size = 1 << Shift;

    /// <summary>The block that holds the byte at <paramref name="offset"/>.</summary>
    public static long Of(long offset) => offset >> Shift;

    /// <summary>How many blocks <paramref name="length"/> bytes take from a block's start.</summary>
    public static long Count(long length) => (length >> Shift) + ((length & (Size - 1)) == 0 ? 0 : 1);
}
