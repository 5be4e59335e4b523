namespace VdFs.Backup.Comparing;

/// <summary>Byte ranges as lists of start and end, ascending and apart.</summary>
internal static class Ranges
{
    /// <summary>What lies in one or both.</summary>
    public static IEnumerable<(long Start, long End)> Union(IEnumerable<(long Start, long End)> left, IEnumerable<(long Start, long End)> right)
    {
        (long Start, long End)? open = null;
        foreach (var range in Merge(left, right))
        {
            if (open is { } before && range.Start <= before.End)
            {
                open = (before.Start, Math.Max(before.End, range.End));
                continue;
            }
            if (open is { } done)
                yield return done;
            open = range;
        }
        if (open is { } last)
            yield return last;
    }

    /// <summary>What lies in <paramref name="from"/> and not in <paramref name="without"/>.</summary>
    public static IEnumerable<(long Start, long End)> Subtract(IEnumerable<(long Start, long End)> from, IEnumerable<(long Start, long End)> without)
    {
        using var cuts = without.GetEnumerator();
        bool more = cuts.MoveNext();
        foreach (var (start, end) in from)
        {
            long position = start;
            while (position < end)
            {
                while (more && cuts.Current.End <= position)
                    more = cuts.MoveNext();
                long next = more ? Math.Min(cuts.Current.Start, end) : end;
                if (next > position)
                    yield return (position, next);
                position = more && next < end ? Math.Min(cuts.Current.End, end) : end;
            }
        }
    }

    /// <summary>Whole units that the ranges touch.</summary>
    public static IEnumerable<(long Start, long End)> Widen(IEnumerable<(long Start, long End)> ranges, long unit) =>
        Union(ranges.Select(r => (r.Start / unit * unit, (r.End + unit - 1) / unit * unit)), []);

    private static IEnumerable<(long Start, long End)> Merge(IEnumerable<(long Start, long End)> left, IEnumerable<(long Start, long End)> right)
    {
        using var a = left.GetEnumerator();
        using var b = right.GetEnumerator();
        bool hasA = a.MoveNext();
        bool hasB = b.MoveNext();
        while (hasA || hasB)
        {
            if (hasA && (!hasB || a.Current.Start <= b.Current.Start))
            {
                yield return a.Current;
                hasA = a.MoveNext();
            }
            else
            {
                yield return b.Current;
                hasB = b.MoveNext();
            }
        }
    }
}
