namespace VdFs.Mounted.Tests.Snapshots;

/// <summary>A place in an image that is always written whole, with the times of all its writes. One thread writes it.</summary>
/// <remarks>Times are those of <see cref="LogicalClock"/>. Thread-safe: the checker reads while the writer appends.</remarks>
public sealed class Slot
{
    private readonly List<(long Started, long Acknowledged)> writes = [(0, 0)];

    /// <summary>Number of the next write; the initial zeros are number 0.</summary>
    public int Begin(long now)
    {
        lock (writes)
        {
            writes.Add((now, long.MaxValue));
            return writes.Count - 1;
        }
    }

    public void Acknowledge(int number, long now)
    {
        lock (writes)
            writes[number] = (writes[number].Started, now);
    }

    /// <summary>When a write began; <see cref="long.MaxValue"/> if there was none of that number.</summary>
    public long Started(int number)
    {
        lock (writes)
            return number < writes.Count ? writes[number].Started : long.MaxValue;
    }

    /// <summary>When a write was acknowledged; <see cref="long.MaxValue"/> if it isn't yet, or there was none.</summary>
    public long Acknowledged(int number)
    {
        lock (writes)
            return number < writes.Count ? writes[number].Acknowledged : long.MaxValue;
    }
}
