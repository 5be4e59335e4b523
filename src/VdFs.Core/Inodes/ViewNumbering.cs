using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Core.Inodes;

/// <summary>
/// Numbers a view. A file that the former cut of the same name had has the number that it had there, whatever happened to it since. What is not the same in content, attributes and path gets the cut's
/// time as its change time, unless its own is later: so who remembers number and change time of a file sees that it changed, and so does who remembers only when it last looked.
/// </summary>
internal sealed class ViewNumbering
{
    private readonly FileList files;
    private readonly FormerView? former;
    private readonly uint[] numbers;

    /// <summary>By index: what the former cut had at the same path; -1: nothing.</summary>
    private readonly int[] places;

    /// <summary>By index: the former cut's entry of the same file; -1: it had none.</summary>
    private readonly int[] sources;

    private ViewNumbering(FileList files, FormerView? former)
    {
        this.files = files;
        this.former = former;
        numbers = new uint[files.Count];
        places = new int[files.Count];
        sources = new int[files.Count];
        Array.Fill(places, -1);
        Array.Fill(sources, -1);
    }

    /// <param name="files">The cut's names.</param>
    /// <param name="cut">Its number, which is its family's unless it takes over from a former one.</param>
    /// <param name="time">Its time.</param>
    /// <param name="former">Null: there is none.</param>
    /// <param name="pool">Gives numbers to what has none.</param>
    /// <param name="given">Takes what that gave; for the caller to settle.</param>
    public static ViewInodes Assign(FileList files, long cut, DateTimeOffset time, FormerView? former, InodePool pool, List<InodeRange> given)
    {
        var numbering = new ViewNumbering(files, former);
        if (former is not null)
        {
            numbering.FindPlaces();
            var taken = new bool[former.Files.Count];
            numbering.TakeOverInPlace(taken);
            numbering.TakeOverMoved(taken);
        }
        uint folder = numbering.GiveRest(pool, given);
        numbering.Stamp(TimeSpec.From(time), out int[] stamped, out TimeSpec[] stamps);
        return new ViewInodes(former?.Inodes.Family ?? cut, folder, numbering.numbers, stamped, stamps);
    }

    private IEnumerable<FileListEntry> Firsts => files.Entries.Where(e => files.FirstLink(e) == e);

    private void FindPlaces()
    {
        places[0] = 0;
        // Folders come before what is in them.
        for (int i = 1; i < places.Length; i++)
        {
            FileListEntry entry = files.Entries[i];
            if (places[entry.Parent] is var parent && parent >= 0)
                places[i] = former!.Files.Find(former.Files.Entries[parent], entry.Name)?.Index ?? -1;
        }
    }

    private void TakeOverInPlace(bool[] taken)
    {
        foreach (FileListEntry entry in Firsts)
        {
            if (places[entry.Index] < 0)
                continue;
            FileListEntry there = former!.Files.FirstLink(former.Files.Entries[places[entry.Index]]);
            if (FileOf(entry) == FileOf(there) || entry.Index == 0)
                TakeOver(entry, there, taken);
        }
    }

    private void TakeOverMoved(bool[] taken)
    {
        Dictionary<(uint, ulong, TimeSpec), FileListEntry>? left = null;
        foreach (FileListEntry entry in Firsts)
        {
            if (numbers[entry.Index] != 0)
                continue;
            if (left is null)
            {
                left = [];
                foreach (FileListEntry one in former!.Files.Entries)
                {
                    if (!taken[one.Index] && former.Files.FirstLink(one) == one)
                        left.TryAdd(FileOf(one), one);
                }
            }
            if (left.TryGetValue(FileOf(entry), out FileListEntry? there))
                TakeOver(entry, there, taken);
        }
    }

    private void TakeOver(FileListEntry entry, FileListEntry there, bool[] taken)
    {
        if (taken[there.Index])
            return;
        taken[there.Index] = true;
        numbers[entry.Index] = former!.Inodes.Of(there);
        sources[entry.Index] = there.Index;
    }

    /// <summary>Which file it is: an image by its id; anything else by inode number and birth. Not by device, whose number is another after each mount.</summary>
    private static (uint Type, ulong Id, TimeSpec Birth) FileOf(FileListEntry entry)
    {
        uint type = entry.Attributes.Mode & FileAttributes.TypeMask;
        return entry.Image != ImageId.None ? (type, entry.Image.Value, default) : (type, entry.Attributes.Key.Inode, entry.Attributes.BirthTime);
    }

    private uint GiveRest(InodePool pool, List<InodeRange> given)
    {
        FileListEntry[] rest = [.. Firsts.Where(e => numbers[e.Index] == 0)];
        InodeRange[] taken = pool.Take(rest.Length + 1);
        given.AddRange(taken);
        using IEnumerator<uint> next = Each(taken).GetEnumerator();
        foreach (FileListEntry entry in rest)
        {
            next.MoveNext();
            numbers[entry.Index] = next.Current;
        }
        next.MoveNext();
        return next.Current;

        static IEnumerable<uint> Each(InodeRange[] ranges)
        {
            foreach (InodeRange range in ranges)
            {
                for (uint number = range.First; number < range.End; number++)
                    yield return number;
            }
        }
    }

    private void Stamp(TimeSpec cut, out int[] stamped, out TimeSpec[] stamps)
    {
        var indices = new List<int>();
        var times = new List<TimeSpec>();
        foreach (FileListEntry entry in former is null ? [] : Firsts)
        {
            TimeSpec shown = IsUnchanged(entry)
                ? former!.Inodes.ChangeTimeOf(former.Files.Entries[sources[entry.Index]])
                : After(entry, Later(entry.Attributes.ChangeTime, cut));
            if (shown == entry.Attributes.ChangeTime)
                continue;
            indices.Add(entry.Index);
            times.Add(shown);
        }
        stamped = [.. indices];
        stamps = [.. times];
    }

    /// <summary>Never what the former cut showed for the same file, however clocks were set.</summary>
    private TimeSpec After(FileListEntry entry, TimeSpec time)
    {
        if (sources[entry.Index] < 0 || former!.Inodes.ChangeTimeOf(former.Files.Entries[sources[entry.Index]]) != time)
            return time;
        return time.Nanoseconds == 999_999_999 ? new(time.Seconds + 1, 0) : new(time.Seconds, time.Nanoseconds + 1);
    }

    private static TimeSpec Later(TimeSpec one, TimeSpec other) =>
        (one.Seconds, one.Nanoseconds).CompareTo((other.Seconds, other.Nanoseconds)) >= 0 ? one : other;

    /// <summary>Same file, at the same path, with the same content and attributes; when it was last read and how its room is laid out don't count.</summary>
    private bool IsUnchanged(FileListEntry entry)
    {
        if (sources[entry.Index] < 0 || sources[entry.Index] != places[entry.Index])
            return false;
        FileListEntry there = former!.Files.Entries[sources[entry.Index]];
        FileAttributes now = entry.Attributes;
        FileAttributes then = there.Attributes;
        (now.AccessTime, now.Blocks, now.BlockSize, now.Key) = (then.AccessTime, then.Blocks, then.BlockSize, then.Key);
        return now == then && entry.SymlinkTarget.AsSpan().SequenceEqual(there.SymlinkTarget) && HasSame(entry.ExtendedAttributes, there.ExtendedAttributes)
            && (entry.Image == ImageId.None || former.IsUntouched(entry));
    }

    private static bool HasSame(IReadOnlyList<(byte[] Name, byte[] Value)>? one, IReadOnlyList<(byte[] Name, byte[] Value)>? other)
    {
        if (one?.Count != other?.Count)
            return false;
        for (int i = 0; i < (one?.Count ?? 0); i++)
        {
            if (!one![i].Name.AsSpan().SequenceEqual(other![i].Name) || !one[i].Value.AsSpan().SequenceEqual(other[i].Value))
                return false;
        }
        return true;
    }
}
