using VdFs.Core.Tracking;

namespace VdFs.TestKit.World;

/// <summary>
/// Sparse bytes, by blocks of 4 KiB. A block's array is never changed, only replaced, so that a copy of the whole costs little.
/// </summary>
public sealed class Pages
{
    public const int Sector = 512;
    private static readonly byte[] Zeros = new byte[Block.Size];
    private readonly Dictionary<long, byte[]> blocks;

    public Pages() => blocks = [];

    private Pages(Pages other)
    {
        blocks = new(other.blocks);
        Length = other.Length;
    }

    public long Length { get; private set; }

    /// <summary>Blocks that take room.</summary>
    public IReadOnlyCollection<long> Present => blocks.Keys;

    public Pages Clone() => new(this);

    public bool Has(long block) => blocks.ContainsKey(block);

    /// <summary>A block's bytes; zeros where there is none. What lies beyond the length is zeros.</summary>
    public ReadOnlySpan<byte> this[long block] => blocks.TryGetValue(block, out byte[]? bytes) ? bytes : Zeros;

    public bool IsSame(long block, Pages other)
    {
        bool here = blocks.TryGetValue(block, out byte[]? mine);
        bool there = other.blocks.TryGetValue(block, out byte[]? its);
        return mine == its || (!here && !there) || this[block].SequenceEqual(other[block]);
    }

    public int Read(long offset, Span<byte> buffer)
    {
        int read = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        for (int done = 0; done < read;)
        {
            int at = (int)((offset + done) & (Block.Size - 1));
            int count = Math.Min(Block.Size - at, read - done);
            this[Block.Of(offset + done)].Slice(at, count).CopyTo(buffer[done..]);
            done += count;
        }
        return read;
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        for (int done = 0; done < data.Length;)
        {
            int at = (int)((offset + done) & (Block.Size - 1));
            int count = Math.Min(Block.Size - at, data.Length - done);
            byte[] bytes = this[Block.Of(offset + done)].ToArray();
            data.Slice(done, count).CopyTo(bytes.AsSpan(at));
            blocks[Block.Of(offset + done)] = bytes;
            done += count;
        }
        Length = Math.Max(Length, offset + data.Length);
    }

    /// <summary>Cuts off or extends by a hole.</summary>
    public void Resize(long length)
    {
        if (length < Length)
            Clear(length, Math.Max(Length, (Block.Of(Length) + 1) << Block.Shift));
        Length = length;
    }

    /// <summary>Makes a range zeros; whole blocks become holes.</summary>
    public void Clear(long from, long to)
    {
        if (from >= to || blocks.Count == 0)
            return;
        foreach (long block in blocks.Keys.Where(b => (b + 1) << Block.Shift > from && b << Block.Shift < to).ToArray())
        {
            long start = Math.Max(from - (block << Block.Shift), 0);
            long end = Math.Min(to - (block << Block.Shift), Block.Size);
            if (start == 0 && end == Block.Size)
            {
                blocks.Remove(block);
                continue;
            }
            byte[] bytes = this[block].ToArray();
            bytes.AsSpan((int)start, (int)(end - start)).Clear();
            blocks[block] = bytes;
        }
    }

    /// <summary>Start of the first data at or after an offset, or -1.</summary>
    public long NextData(long offset)
    {
        long next = long.MaxValue;
        foreach (long block in blocks.Keys)
        {
            if ((block + 1) << Block.Shift > offset && block << Block.Shift < Length)
                next = Math.Min(next, block);
        }
        return next == long.MaxValue ? -1 : Math.Max(offset, next << Block.Shift);
    }

    /// <summary>Start of the first hole at or after an offset; the end counts as one.</summary>
    public long NextHole(long offset)
    {
        while (offset < Length && blocks.ContainsKey(Block.Of(offset)))
            offset = (Block.Of(offset) + 1) << Block.Shift;
        return Math.Min(offset, Length);
    }
}
