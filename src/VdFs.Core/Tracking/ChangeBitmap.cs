using System.Numerics;

namespace VdFs.Core.Tracking;

/// <summary>
/// Which blocks of an image changed in one generation, in memory: only touched sectors take room, and only touched words of them where these are few (<see cref="PackedSector"/>).
/// Divided as the record's file is, in sectors of 63 words of bits and one word for the checksum, which is not kept here.
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

    /// <summary>Blocks that are told apart: 256 TiB of image.</summary>
    public const long MaxBlocks = 1L << (48 - Block.Shift);

    private readonly Lock growth = new();
    private volatile Chunk?[] chunks = [];

    public static int PageOfBlock(long block) => (int)(block / BitsPerPage);

    /// <summary>Whether the blocks are all set and their pages warm: then a writer has nothing to do before it writes.</summary>
    public bool AllSet(long first, long last)
    {
        while (first <= last)
        {
            long sector = Math.DivRem(first, BitsPerSector, out long rest);
            int bit = (int)rest;
            int end = (int)Math.Min(BitsPerSector - 1, bit + (last - first));
            long page = sector / SectorsPerPage;
            if (ChunkOf(page) is not { } chunk || !chunk.IsWarm(page) || chunk.Sector(sector) is not { } words || !PackedSector.AllSet(words, bit, end))
                return false;
            first += end - bit + 1;
        }
        return true;
    }

    public bool IsWarm(int page) => ChunkOf(page)?.IsWarm(page) == true;

    /// <summary>Its region has an intent on stable storage.</summary>
    public void Warm(int page)
    {
        lock (growth)
            AddChunk(page).SetWarm(page, true);
    }

    /// <summary>Writers look for an intent again. Who saw it warm may be under way still: wait for them before relying on it.</summary>
    public void Cool(int page)
    {
        lock (growth)
            ChunkOf(page)?.SetWarm(page, false);
    }

    /// <summary>Whether the block has changed, and how many blocks from it on, up to <paramref name="last"/>, are the same in that.</summary>
    public bool IsSet(long first, long last, out long run)
    {
        bool value = Get(first);
        long next = first + 1;
        while (next <= last)
        {
            long sector = Math.DivRem(next, BitsPerSector, out long rest);
            int word = (int)rest >> 6;
            int shift = (int)rest & 63;
            if (SectorOf(sector) is not { } words)
            {
                if (value)
                    break;
                next = AfterEmpty(sector);
                continue;
            }
            if (!value && PackedSector.Missing(words, word) is > 0 and var missing)
            {
                next += (missing << 6) - shift;
                continue;
            }
            ulong bits = PackedSector.Word(words, word);
            ulong differing = (value ? ~bits : bits) >> shift;
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
        return SectorOf(sector) is { } words && (PackedSector.Word(words, (int)(bit >> 6)) >> (int)(bit & 63) & 1) != 0;
    }

    /// <summary>The first changed block at or after <paramref name="from"/>, or -1.</summary>
    public long NextSet(long from)
    {
        long last = ((long)chunks.Length * Chunk.Pages * BitsPerPage) - 1;
        if (from > last)
            return -1;
        if (Get(from))
            return from;
        _ = IsSet(from, last, out long run);
        return from + run > last ? -1 : from + run;
    }

    /// <summary>Copies a sector's words of bits; zeros if nothing is set there, and for the checksum.</summary>
    public void CopySector(long sector, Span<ulong> words)
    {
        words.Clear();
        if (SectorOf(sector) is { } there)
            PackedSector.Unpack(there, words);
    }

    /// <summary>Puts a sector that is on file already; bits that it sets become visible to all.</summary>
    public void PublishSector(long sector, ReadOnlySpan<ulong> words)
    {
        ulong[]?[] page = PageOf(sector);
        ref ulong[]? place = ref page[sector % SectorsPerPage];
        ulong[] packed = PackedSector.Pack(place, words);
        if (packed != place)
            Volatile.Write(ref place, packed);
    }

    /// <summary>Sectors that hold at least one bit, ascending.</summary>
    public IEnumerable<long> Sectors()
    {
        Chunk?[] all = chunks;
        for (long page = 0; page < (long)all.Length * Chunk.Pages; page++)
        {
            for (long sector = page * SectorsPerPage; ChunkOf(page)?.HasPage(page) == true && sector < (page + 1) * SectorsPerPage; sector++)
            {
                if (SectorOf(sector) is { } words && !PackedSector.IsEmpty(words))
                    yield return sector;
            }
        }
    }

    /// <summary>Adds the bits of another, which may be written to meanwhile.</summary>
    public void Add(ChangeBitmap other)
    {
        Span<ulong> words = stackalloc ulong[WordsPerSector];
        Span<ulong> more = stackalloc ulong[WordsPerSector];
        foreach (long sector in other.Sectors())
        {
            CopySector(sector, words);
            other.CopySector(sector, more);
            for (int i = 0; i < BitWordsPerSector; i++)
                words[i] |= more[i];
            PublishSector(sector, words);
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

    /// <summary>The first block behind an empty sector that may be set: what is empty as a whole is passed as a whole.</summary>
    private long AfterEmpty(long sector)
    {
        long page = sector / SectorsPerPage;
        if (ChunkOf(page) is not { } chunk)
            return ((page / Chunk.Pages) + 1) * Chunk.Pages * BitsPerPage;
        return chunk.HasPage(page) ? (sector + 1) * BitsPerSector : (page + 1) * BitsPerPage;
    }

    private ulong[]? SectorOf(long sector) => ChunkOf(sector / SectorsPerPage)?.Sector(sector);

    private Chunk? ChunkOf(long page)
    {
        Chunk?[] all = chunks;
        long index = page / Chunk.Pages;
        return index < all.Length ? Volatile.Read(ref all[index]) : null;
    }

    private ulong[]?[] PageOf(long sector)
    {
        long page = sector / SectorsPerPage;
        if (ChunkOf(page)?.Page(page) is { } there)
            return there;
        lock (growth)
            return AddChunk(page).AddPage(page);
    }

    private Chunk AddChunk(long page)
    {
        long index = page / Chunk.Pages;
        Chunk?[] all = chunks;
        if (index >= all.Length)
        {
            var grown = new Chunk?[Math.Max(index + 1, all.Length * 2)];
            all.CopyTo(grown, 0);
            chunks = all = grown;
        }
        Chunk chunk = all[index] ?? new Chunk();
        Volatile.Write(ref all[index], chunk);
        return chunk;
    }

    /// <summary>Pages that lie together, 7.9 GiB of image: an image that is written far apart has no table of all of them. Changed under <see cref="growth"/>.</summary>
    private sealed class Chunk
    {
        public const int Pages = 64;

        private readonly ulong[]?[]?[] pages = new ulong[]?[]?[Pages];

        /// <summary>A bit for each page.</summary>
        private ulong warm;

        public bool IsWarm(long page) => (Volatile.Read(ref warm) >> (int)(page % Pages) & 1) != 0;

        public void SetWarm(long page, bool value)
        {
            ulong bit = 1UL << (int)(page % Pages);
            Volatile.Write(ref warm, value ? warm | bit : warm & ~bit);
        }

        public bool HasPage(long page) => Page(page) is not null;

        public ulong[]?[]? Page(long page) => Volatile.Read(ref pages[page % Pages]);

        public ulong[]? Sector(long sector) => Page(sector / SectorsPerPage) is { } page ? Volatile.Read(ref page[sector % SectorsPerPage]) : null;

        public ulong[]?[] AddPage(long page)
        {
            if (pages[page % Pages] is { } there)
                return there;
            var made = new ulong[]?[SectorsPerPage];
            Volatile.Write(ref pages[page % Pages], made);
            return made;
        }
    }
}
