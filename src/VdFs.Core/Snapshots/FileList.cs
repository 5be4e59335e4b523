using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Snapshots;

/// <summary>All names of a snapshot. Immutable.</summary>
public sealed class FileList
{
    private readonly FileListEntry[] entries;
    private readonly Dictionary<FileKey, FileListEntry> firstLinks = [];

    /// <param name="entries">The root first, every folder before what is in it, each at its index.</param>
    internal FileList(FileListEntry[] entries)
    {
        this.entries = entries;
        foreach (FileListEntry entry in entries)
        {
            if (entry.Attributes.Links > 1 && !entry.Attributes.IsDirectory)
                firstLinks.TryAdd(entry.Attributes.Key, entry);
        }
        var children = new List<int>?[entries.Length];
        for (int i = 1; i < entries.Length; i++)
            (children[entries[i].Parent] ??= []).Add(i);
        for (int i = 0; i < entries.Length; i++)
        {
            if (children[i] is not { } list)
                continue;
            list.Sort((a, b) => entries[a].Name.AsSpan().SequenceCompareTo(entries[b].Name));
            entries[i].Children = [.. list];
        }
    }

    public int Count => entries.Length;

    public FileListEntry Root => entries[0];

    public IReadOnlyList<FileListEntry> Entries => entries;

    /// <summary>Images in it: regular files, hard links counted once each.</summary>
    public IEnumerable<FileListEntry> Images => entries.Where(e => e.Image != ImageId.None).DistinctBy(e => e.Image);

    /// <summary>The entry that stands for all hard links of a file, so that they are one file in the view too.</summary>
    public FileListEntry FirstLink(FileListEntry entry) => entry.Attributes.Links > 1 ? firstLinks.GetValueOrDefault(entry.Attributes.Key, entry) : entry;

    public FileListEntry? At(uint index) => index < (uint)entries.Length ? entries[index] : null;

    public FileListEntry? Find(FileListEntry folder, ReadOnlySpan<byte> name)
    {
        int[] children = folder.Children;
        int low = 0;
        int high = children.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = entries[children[middle]].Name.AsSpan().SequenceCompareTo(name);
            if (order == 0)
                return entries[children[middle]];
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return null;
    }

    /// <summary>The entry at a path relative to the root, components separated by `/`.</summary>
    public FileListEntry? FindPath(ReadOnlySpan<byte> path)
    {
        FileListEntry? entry = Root;
        foreach (Range part in path.Split((byte)'/'))
        {
            if (entry is not null && !path[part].IsEmpty)
                entry = Find(entry, path[part]);
        }
        return entry;
    }

    public FileListEntry? FindImage(ImageId image) => entries.FirstOrDefault(e => e.Image == image);

    /// <summary>Path of an entry relative to the root, as bytes.</summary>
    public byte[] PathOf(FileListEntry entry)
    {
        var parts = new List<byte[]>();
        for (FileListEntry at = entry; at.Index != 0; at = entries[at.Parent])
            parts.Add(at.Name);
        var path = new List<byte>();
        for (int i = parts.Count - 1; i >= 0; i--)
        {
            path.AddRange(parts[i]);
            if (i > 0)
                path.Add((byte)'/');
        }
        return [.. path];
    }
}
