using System.Numerics;

namespace VdFs.Core.Tracking;

/// <summary>
/// Which blocks of an image changed in one generation, in memory, page by page: only touched pages take room.
/// Laid out as the record's file is, in sectors of 63 words of bits and one word for the checksum, so that a sector can be written as it stands.
/// </summary>
/// <remarks>
/// Reading takes no lock and may run beside one writer per sector (the image's sector locks see to that). Bits are only ever set. A bit that is
/// seen as set is on file, and its pre-image, if one is needed, is in the store: the writer publishes it last.
/// A page is <i>warm</i> while an intent of its region is on stable storage; only warm pages answer the question that a writer may rely on (<see cref="AllSet(long, long)"/>).
/// </remarks>
internal sealed class ChangeBitmap
{
    public const int WordsPerSector = 64;
    public const int BitWordsPerSector = 63;
    public const int BitsPerSector = BitWordsPerSector * 64;
    public const int SectorsPerPage = 8;

    /// <summary>Blocks of one page: 126 MiB of image, the region of the design.</summary>
    public const int BitsPerPage = BitsPerSector * SectorsPerPage;

    /// <summary>Blocks that are told apart: 256 TiB of image. Beyond, the table of pages would take more memory than it is worth.</summary>
    public const long MaxBlocks = 1L << (48 - Block.Shift);

    private readonly Lock growth = new();
    private volatile ulong[]?[] pages = [];

    /// <summary>The warm ones among them. Replaced together with <see cref="pages"/>, under <see cref="growth"/>.</summary>
    private volatile ulong[]?[] warm = [];

    public static int PageOfBlock(long block) => (int)(block / BitsPerPage);

    /// <summary>Whether the blocks are all set and their pages warm: then a writer has nothing to do before it writes.</summary>
    public bool AllSet(long first, long last)
    {
        while (first <= last)
        {
            long sector = Math.DivRem(first, BitsPerSector, out long rest);
            int bit = (int)rest;
            int end = (int)Math.Min(BitsPerSector - 1, bit + (last - first));
            ulong[]?[] all = warm;
            long index = sector / SectorsPerPage;
            ulong[]? page = index < all.Length ? Volatile.Read(ref all[index]) : null;
            if (page is null || !AllSet(page, BaseWord(sector), bit, end))
                return false;
            first += end - bit + 1;
        }
        return true;
    }

    public bool IsWarm(int page)
    {
        ulong[]?[] all = warm;
        return page < all.Length && Volatile.Read(ref all[page]) is not null;
    }

    /// <summary>Its region has an intent on stable storage.</summary>
    public void Warm(int page)
    {
        lock (growth)
        {
            ulong[] warmed = AddPage(page);
            Volatile.Write(ref warm[page], warmed);
        }
    }

    /// <summary>Writers look for an intent again. Who saw it warm may be under way still: wait for them before relying on it.</summary>
    public void Cool(int page)
    {
        lock (growth)
        {
            if (page < warm.Length)
                Volatile.Write(ref warm[page], null);
        }
    }

    /// <summary>Whether the block has changed, and how many blocks from it on, up to <paramref name="last"/>, are the same in that.</summary>
    public bool IsSet(long first, long last, out long run)
    {
        bool value = Get(first);
        long next = first + 1;
        while (next <= last)
        {
            long sector = Math.DivRem(next, BitsPerSector, out long rest);
            int bit = (int)rest;
            ulong[]? page = PageOf(sector);
            if (page is null)
            {
                if (value)
                    break;
                next += BitsPerPage - (next % BitsPerPage);
                continue;
            }
            ulong word = Volatile.Read(ref page[BaseWord(sector) + (bit >> 6)]);
            int shift = bit & 63;
            ulong differing = (value ? ~word : word) >> shift;
            int same = Math.Min(BitOperations.TrailingZeroCount(differing), 64 - shift);
            next += same;
            if (same < 64 - shift)
                break;
        }
        run = Math.Min(next, last + 1) - first;
        return value;
    }

    public bool Get(long block)
    {
        long sector = Math.DivRem(block, BitsPerSector, out long bit);
        ulong[]? page = PageOf(sector);
        return page is not null && (Volatile.Read(ref page[BaseWord(sector) + (int)(bit >> 6)]) >> (int)(bit & 63) & 1) != 0;
    }

    /// <summary>The first changed block at or after <paramref name="from"/>, or -1.</summary>
    public long NextSet(long from)
    {
        long last = (long)pages.Length * BitsPerPage - 1;
        if (from > last)
            return -1;
        if (Get(from))
            return from;
        _ = IsSet(from, last, out long run);
        return from + run > last ? -1 : from + run;
    }

    /// <summary>Copies a sector's words as they are; zeros if nothing is set there.</summary>
    public void CopySector(long sector, Span<ulong> words)
    {
        ulong[]? page = PageOf(sector);
        if (page is null)
            words.Clear();
        else
            page.AsSpan(BaseWord(sector), WordsPerSector).CopyTo(words);
    }

    /// <summary>Puts a sector that is on file already; bits that it sets become visible to all.</summary>
    public void PublishSector(long sector, ReadOnlySpan<ulong> words)
    {
        ulong[] page = PageOf(sector) ?? AddPage((int)(sector / SectorsPerPage));
        Span<ulong> target = page.AsSpan(BaseWord(sector), WordsPerSector);
        for (int i = 0; i < BitWordsPerSector; i++)
        {
            if (target[i] != words[i])
                Volatile.Write(ref target[i], words[i]);
        }
        target[BitWordsPerSector] = words[BitWordsPerSector];
    }

    /// <summary>Sectors that hold at least one bit, ascending.</summary>
    public IEnumerable<long> Sectors()
    {
        ulong[]?[] all = pages;
        for (int p = 0; p < all.Length; p++)
        {
            if (all[p] is not { } page)
                continue;
            for (int s = 0; s < SectorsPerPage; s++)
            {
                if (page.AsSpan(s * WordsPerSector, BitWordsPerSector).ContainsAnyExcept(0UL))
                    yield return ((long)p * SectorsPerPage) + s;
            }
        }
    }

    /// <summary>Adds the bits of another, which may be written to meanwhile. No checksums: this one is for reading only.</summary>
    public void Add(ChangeBitmap other)
    {
        ulong[]?[] all = other.pages;
        for (int p = 0; p < all.Length; p++)
        {
            if (Volatile.Read(ref all[p]) is not { } page)
                continue;
            ulong[] target = PageOf((long)p * SectorsPerPage) ?? AddPage(p);
            for (int i = 0; i < target.Length; i++)
                target[i] |= Volatile.Read(ref page[i]);
        }
    }

    /// <summary>Runs of changed blocks, ascending, up to block <paramref name="count"/>.</summary>
    public IEnumerable<(long First, long Count)> Runs(long count)
    {
        for (long at = NextSet(0); at >= 0 && at < count;)
        {
            _ = IsSet(at, count - 1, out long run);
            yield return (at, run);
            at = NextSet(at + run);
        }
    }

    /// <summary>Sets bits of a sector held apart, from <paramref name="bit"/> to <paramref name="end"/> inclusive.</summary>
    public static void SetBits(Span<ulong> words, int bit, int end)
    {
        int first = bit >> 6;
        int last = end >> 6;
        ulong firstMask = ulong.MaxValue << (bit & 63);
        ulong lastMask = ulong.MaxValue >> (63 - (end & 63));
        if (first == last)
        {
            words[first] |= firstMask & lastMask;
            return;
        }
        words[first] |= firstMask;
        words[(first + 1)..last].Fill(ulong.MaxValue);
        words[last] |= lastMask;
    }

    private static bool AllSet(ulong[] page, int baseWord, int bit, int end)
    {
        int first = bit >> 6;
        int last = end >> 6;
        ulong firstMask = ulong.MaxValue << (bit & 63);
        ulong lastMask = ulong.MaxValue >> (63 - (end & 63));
        if (first == last)
            return (~Volatile.Read(ref page[baseWord + first]) & firstMask & lastMask) == 0;
        if ((~Volatile.Read(ref page[baseWord + first]) & firstMask) != 0)
            return false;
        for (int i = first + 1; i < last; i++)
        {
            if (Volatile.Read(ref page[baseWord + i]) != ulong.MaxValue)
                return false;
        }
        return (~Volatile.Read(ref page[baseWord + last]) & lastMask) == 0;
    }

    private static int BaseWord(long sector) => (int)(sector % SectorsPerPage) * WordsPerSector;

    private ulong[]? PageOf(long sector)
    {
        ulong[]?[] all = pages;
        long index = sector / SectorsPerPage;
        return index < all.Length ? Volatile.Read(ref all[index]) : null;
    }

    private ulong[] AddPage(int index)
    {
        lock (growth)
        {
            ulong[]?[] all = pages;
            if (index >= all.Length)
            {
                var grown = new ulong[]?[Math.Max(index + 1, all.Length * 2)];
                var grownWarm = new ulong[]?[grown.Length];
                all.CopyTo(grown, 0);
                warm.CopyTo(grownWarm, 0);
                pages = all = grown;
                warm = grownWarm;
            }
            if (all[index] is { } there)
                return there;
            var page = new ulong[SectorsPerPage * WordsPerSector];
            Volatile.Write(ref all[index], page);
            return page;
        }
    }
}
