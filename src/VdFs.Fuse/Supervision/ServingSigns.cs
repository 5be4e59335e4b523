namespace VdFs.Fuse.Supervision;

/// <summary>
/// What the serving threads are at, in memory that the guard reads: a counter for each that is odd while the thread has requests in hand, and even while it waits for some. One that is odd and
/// stays the same is held up. What waits in the slow lane or for room isn't in a serving thread's hand.
/// </summary>
/// <remarks>Each counter is written by its own thread alone, but for the last one: what all further threads have done, which only ever shows that they get on.</remarks>
internal readonly unsafe struct ServingSigns
{
    public const int Size = Lines * LineSize;

    private const int Lines = 14;
    private const int LineSize = 64;

    /// <summary>Threads with a counter of their own. More than serve unless asked for.</summary>
    private const int Own = Lines - 1 + Lines;

    private readonly byte* start;

    /// <param name="start"><see cref="Size"/> bytes, on a cache line.</param>
    public ServingSigns(byte* start) => this.start = start;

    /// <summary>A thread's.</summary>
    public ServingSign Of(int thread) => new(Counter(Math.Min(thread, Own)), thread < Own);

    /// <summary>No thread serves: the former ones died with what they had in hand.</summary>
    public void Clear() => new Span<byte>(start, Size).Clear();

    /// <summary>All counters in one number, which changes when one of them does. Allocates nothing.</summary>
    /// <param name="busy">Whether any thread has requests in hand.</param>
    public long Read(out bool busy)
    {
        long sum = 0;
        busy = false;
        for (int i = 0; i <= Own; i++)
        {
            long count = Volatile.Read(ref *Counter(i));
            sum += count;
            busy |= (count & 1) != 0;
        }
        return sum;
    }

    /// <summary>Two share a cache line only where there are more threads than lines.</summary>
    private long* Counter(int number) => (long*)(start + (number % Lines * LineSize) + (number / Lines * (LineSize / 2)));
}
