namespace VdFs.TestKit.Memory;

/// <summary>The device below a <see cref="MemoryStorage"/>: so many pages of 4 KiB, that all its files share. Without limit unless told.</summary>
public sealed class MemoryRoom
{
    private const int Page = 4096;
    private long pages;

    /// <summary>Bytes in all.</summary>
    public long Capacity { get; set; } = 1L << 40;

    public long Used => Interlocked.Read(ref pages) * Page;

    public long Free => Math.Max(0, Capacity - Used);

    /// <summary>False: the device is full.</summary>
    internal bool TryTake()
    {
        if (Interlocked.Increment(ref pages) * Page <= Capacity)
            return true;
        Interlocked.Decrement(ref pages);
        return false;
    }

    internal void Return(int count) => Interlocked.Add(ref pages, -count);
}
