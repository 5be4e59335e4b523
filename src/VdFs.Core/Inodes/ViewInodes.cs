using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Core.Inodes;

/// <summary>The inode numbers of a snapshot's view, and change times that it shows in place of the files' own. Immutable; four bytes per name, twelve more for what changed since the former cut of its name.</summary>
/// <param name="family">Number of the first of those cuts that took their numbers over from each other, this one the last. Of a family at most one is held, so that no two views have a number in common.</param>
/// <param name="folder">Number of its folder in `.checkpoints`, once it is released.</param>
/// <param name="numbers">By index in the file list; 0 for a further link of a file.</param>
/// <param name="stamped">Indices of entries with another change time than the file's own, ascending.</param>
/// <param name="stamps">These times.</param>
public sealed class ViewInodes(long family, uint folder, uint[] numbers, int[] stamped, TimeSpec[] stamps)
{
    public long Family { get; } = family;

    public uint Folder { get; } = folder;

    internal uint[] Numbers { get; } = numbers;

    internal int[] Stamped { get; } = stamped;

    internal TimeSpec[] Stamps { get; } = stamps;

    /// <param name="entry">The one that stands for all links of its file (<see cref="FileList.FirstLink"/>).</param>
    public uint Of(FileListEntry entry) => Numbers[entry.Index];

    /// <summary>When the entry's file changed, as the view shows it.</summary>
    /// <inheritdoc cref="Of"/>
    public TimeSpec ChangeTimeOf(FileListEntry entry)
    {
        int at = Array.BinarySearch(Stamped, entry.Index);
        return at < 0 ? entry.Attributes.ChangeTime : Stamps[at];
    }

    /// <summary>All numbers that it has, in as few ranges as its order gives.</summary>
    internal IEnumerable<InodeRange> Ranges()
    {
        var range = new InodeRange(Folder, Folder + 1);
        foreach (uint number in Numbers)
        {
            if (number == 0)
                continue;
            if (number == range.End)
            {
                range = range with { End = number + 1 };
                continue;
            }
            yield return range;
            range = new InodeRange(number, number + 1);
        }
        yield return range;
    }
}
