namespace VdFs.Core.Storage;

/// <summary>
/// Sums of sizes that users choose: sparse files may each claim nearly 8 EiB, so that two of them overflow. Such a sum stays at <see cref="long.MaxValue"/>, which is more than
/// any disk holds; LINQ's own would throw.
/// </summary>
public static class Sizes
{
    /// <summary>The sum, or <see cref="long.MaxValue"/> if it is more. No size is negative.</summary>
    public static long Total<T>(this IEnumerable<T> items, Func<T, long> size)
    {
        long total = 0;
        foreach (T item in items)
            total = Add(total, size(item));
        return total;
    }

    /// <inheritdoc cref="Total{T}"/>
    public static long Add(long one, long other) => one > long.MaxValue - other ? long.MaxValue : one + other;
}
