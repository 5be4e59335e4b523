using VdFs.Backup.Comparing;
using VdFs.Backup.Mounts;
using VdFs.Backup.Repositories;
using VdFs.Core.Qcow2;

namespace VdFs.Backup.Copying;

/// <summary>
/// Compares a share of an image's unchanged blocks with the last backup, each block with the same chance, anew every time. What is a hole on both sides can't differ
/// and isn't counted. Safe from any thread.
/// </summary>
/// <param name="share">0 to 1.</param>
internal sealed class UnchangedCheck(double share)
{
    private const int Block = 4096;
    private const int Piece = 1 << 20;

    /// <summary>The first byte of a block that differs; null: none of those that were looked at.</summary>
    /// <param name="source">The same image, as it is to be read.</param>
    /// <exception cref="ComparisonException">One side can't be read; the left one is the image.</exception>
    public long? FindDifference(ViewFile image, IClusterSource source, ImageReader before, ImagePlan plan)
    {
        var changed = Ranges.Widen(Ranges.Union(plan.Extents.Select(e => (e.Start, e.Start + e.Length)), plan.Zeros.Select(e => (e.Start, e.Start + e.Length))), Block);
        // Beyond the smaller of both ends everything counts as changed.
        long size = Math.Min(image.Length, plan.Base!.Size) / Block * Block;
        if (image.Length == plan.Base.Size)
            size = image.Length;
        var unchanged = Ranges.Subtract(Ranges.Widen(Ranges.Union(image.Data(), before.Data(image.Length)), Block), changed);
        var comparison = new ContentComparison(source, before);
        foreach (var (start, end) in Choose(unchanged, size))
        {
            for (long position = start; position < end; position += Piece)
            {
                if (!comparison.IsSame(position, (int)Math.Min(Piece, end - position)))
                    return comparison.Differences([(position, Math.Min(position + Piece, end))], Block, size).First().Start;
            }
        }
        return null;
    }

    private IEnumerable<(long Start, long End)> Choose(IEnumerable<(long Start, long End)> ranges, long size)
    {
        long skip = Skip();
        foreach (var (start, rangeEnd) in ranges)
        {
            long end = Math.Min(rangeEnd, size);
            if (share >= 1)
            {
                if (start < end)
                    yield return (start, end);
                continue;
            }
            for (long position = start; position < end; position += Block)
            {
                long blocks = (end - position + Block - 1) / Block;
                if (skip >= blocks)
                {
                    skip -= blocks;
                    break;
                }
                position += skip * Block;
                yield return (position, Math.Min(position + Block, end));
                skip = Skip();
            }
        }
    }

    /// <summary>How many blocks to pass over until the next that is chosen: as many as tosses of a coin that lands right with the share's chance.</summary>
    private long Skip()
    {
        if (share >= 1)
            return 0;
        double steps = Math.Log(1 - Random.Shared.NextDouble()) / Math.Log(1 - share);
        return steps < long.MaxValue / 2 ? (long)steps : long.MaxValue / 2;
    }
}
