using VdFs.Core.Errors;
using VdFs.Core.Qcow2;

namespace VdFs.Backup.Comparing;

/// <summary>Compares two contents. What lies past the end of one counts as zeros. Not for more than one thread.</summary>
internal sealed class ContentComparison(IClusterSource left, IClusterSource right)
{
    private const int PieceSize = 1 << 20;

    private readonly byte[] first = GC.AllocateUninitializedArray<byte>(PieceSize);
    private readonly byte[] second = GC.AllocateUninitializedArray<byte>(PieceSize);

    /// <summary>The units within the ranges that differ, joined where they touch; <paramref name="ranges"/> begin at multiples of <paramref name="unit"/>.</summary>
    /// <param name="size">Where both end; what lies behind isn't looked at.</param>
    /// <exception cref="ComparisonException">One of them can't be read.</exception>
    public IEnumerable<(long Start, long End)> Differences(IEnumerable<(long Start, long End)> ranges, int unit, long size)
    {
        (long Start, long End)? open = null;
        foreach (var (start, end) in ranges)
        {
            for (long position = start; position < Math.Min(end, size); position += PieceSize)
            {
                int length = (int)Math.Min(Math.Min(end, size) - position, PieceSize);
                if (IsSame(position, length))
                    continue;
                for (int at = 0; at < length; at += unit)
                {
                    int part = Math.Min(unit, length - at);
                    if (first.AsSpan(at, part).SequenceEqual(second.AsSpan(at, part)))
                        continue;
                    if (open is { } before && before.End != position + at)
                    {
                        yield return before;
                        open = null;
                    }
                    open = (open?.Start ?? position + at, position + at + part);
                }
            }
        }
        if (open is { } last)
            yield return last;
    }

    /// <param name="length">At most 1 MiB.</param>
    public bool IsSame(long position, int length)
    {
        Fill(left, position, first.AsSpan(0, length), isLeft: true);
        Fill(right, position, second.AsSpan(0, length), isLeft: false);
        return first.AsSpan(0, length).SequenceEqual(second.AsSpan(0, length));
    }

    private static void Fill(IClusterSource source, long position, Span<byte> buffer, bool isLeft)
    {
        FsError error = source.Read(position, buffer, out int read);
        if (error != FsError.None)
            throw new ComparisonException(error, position, isLeft);
        buffer[read..].Clear();
    }
}
