namespace VdFs.Backup.Tests.Fakes;

/// <summary>An image in memory: content, which blocks are holes, and when each block was last changed.</summary>
internal sealed class FakeImage
{
    public const int Block = 4096;

    private readonly SortedDictionary<long, int> changed = [];

    public required int Number { get; set; }

    public byte[] Content { get; private set; } = [];

    public HashSet<long> Holes { get; private init; } = [];

    /// <summary>Generation since which changes are known.</summary>
    public int KnownSince { get; set; }

    public string Broken { get; set; } = "";

    public FakeImage Copy()
    {
        var copy = new FakeImage { Number = Number, Content = [.. Content], Holes = [.. Holes], KnownSince = KnownSince, Broken = Broken };
        foreach (var (block, generation) in changed)
            copy.changed[block] = generation;
        return copy;
    }

    /// <summary>Blocks changed in a generation after <paramref name="generation"/>'s cut, below the end.</summary>
    public IEnumerable<long> ChangedSince(int generation) => changed.Where(c => c.Value >= generation && c.Key * Block < Content.Length).Select(c => c.Key);

    public void Write(long offset, ReadOnlySpan<byte> data, int generation)
    {
        if (offset + data.Length > Content.Length)
            Resize(offset + data.Length, generation);
        data.CopyTo(Content.AsSpan((int)offset));
        Touch(offset, data.Length, generation, hole: false);
    }

    /// <summary>Behind VdFs's back: nothing is recorded.</summary>
    public void WriteSecretly(long offset, ReadOnlySpan<byte> data)
    {
        data.CopyTo(Content.AsSpan((int)offset));
        for (long block = offset / Block; block * Block < offset + data.Length; block++)
            Holes.Remove(block);
    }

    public void Punch(long block, long count, int generation)
    {
        long start = block * Block;
        long end = Math.Min(start + (count * Block), Content.Length);
        if (start >= end)
            return;
        Content.AsSpan((int)start, (int)(end - start)).Clear();
        Touch(start, end - start, generation, hole: true);
    }

    public void Resize(long size, int generation)
    {
        long before = Content.Length;
        byte[] content = new byte[size];
        Content.AsSpan(0, (int)Math.Min(size, before)).CopyTo(content);
        Content = content;
        if (size < before)
        {
            if (size % Block != 0)
                changed[size / Block] = generation;
            for (long block = (size + Block - 1) / Block; block * Block < before; block++)
            {
                changed[block] = generation;
                Holes.Remove(block);
            }
        }
        else
        {
            for (long block = (before + Block - 1) / Block; block * Block < size; block++)
            {
                changed[block] = generation;
                Holes.Add(block);
            }
        }
    }

    private void Touch(long offset, long length, int generation, bool hole)
    {
        for (long block = offset / Block; block * Block < offset + length; block++)
        {
            changed[block] = generation;
            if (hole)
                Holes.Add(block);
            else
                Holes.Remove(block);
        }
    }
}
