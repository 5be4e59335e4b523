using System.Runtime.InteropServices;
using VdFs.Core.Checksums;
using VdFs.Core.Durability;
using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Core.Tracking;

/// <summary>
/// The change record of one image and generation: a <see cref="ChangeBitmap"/> and the file that it is written through to. Each sector of
/// the file carries its own checksum, so that it is either whole or known not to be, and one write of 512 bytes sets any number of its bits.
/// </summary>
/// <remarks>
/// What must hold: a bit is on file before it is visible in memory, and visible before the image changes (<i>record before write</i>).
/// If a sector can't be written, the flag <i>all changed</i> in the header, which is allocated since the record was opened, says it instead.
/// </remarks>
internal sealed class ChangeRecord : IDisposable
{
    /// <summary>Sectors that are read in one go: a page of the file, mostly between holes.</summary>
    private const int SectorsAtOnce = 8;

    private readonly ChangeBitmap bitmap = new();
    private readonly IFile? file;

    /// <summary>Hears of sectors that get their first bit; null: nothing is recorded any more.</summary>
    private readonly RecordList? list;
    private readonly SharedSync? sync;
    private readonly Lock headerLock = new();
    private ChangeRecordHeader header;
    private volatile bool allChanged;
    private volatile bool allWarm;

    private ChangeRecord(IFile? file, ChangeRecordHeader header, RecordList? list)
    {
        this.file = file;
        this.list = list;
        sync = file is null ? null : new SharedSync(file);
        this.header = header;
        allChanged = header.AllChanged;
    }

    public ChangeRecordHeader Header => header;

    /// <summary>True if the whole image counts as changed in this generation, since bits could not be kept.</summary>
    public bool AllChanged => allChanged;

    /// <summary>Stands for a record that can't be read: everything changed, and nothing is written.</summary>
    public static ChangeRecord Unknown(ChangeRecordHeader header) => new(null, header with { AllChanged = true }, null);

    /// <summary>Creates the record on a new, empty file, which it owns from here on (also after an error).</summary>
    public static FsError Create(IFile file, ChangeRecordHeader header, RecordList? list, out ChangeRecord? record)
    {
        Span<byte> sector = stackalloc byte[ChangeRecordHeader.Size];
        header.Write(sector);
        FsError error = file.Write(0, sector, out _);
        record = error == FsError.None ? new ChangeRecord(file, header, list) : null;
        if (record is null)
            file.Dispose();
        return error;
    }

    /// <summary>
    /// Reads a record. Damage is told in <paramref name="damage"/> and never believed: a damaged sector counts as changed in all of its
    /// blocks, a damaged header makes the record unreadable (null with <see cref="FsError.Io"/>).
    /// </summary>
    public static FsError Load(IFile file, RecordList? list, out ChangeRecord? record, out string damage)
    {
        record = null;
        Span<byte> sector = stackalloc byte[ChangeRecordHeader.Size];
        FsError error = file.Read(0, sector, out int read);
        damage = "";
        ChangeRecordHeader? header = null;
        if (error == FsError.None)
        {
            header = read == sector.Length ? ChangeRecordHeader.Read(sector, out damage) : null;
            if (header is null)
            {
                damage = damage.Length == 0 ? "it is shorter than its header" : damage;
                error = FsError.Io;
            }
        }
        if (header is null)
        {
            file.Dispose();
            return error;
        }
        var loaded = new ChangeRecord(file, header, list);
        error = loaded.LoadSectors(file, out damage);
        if (error == FsError.None)
            record = loaded;
        else
            loaded.Dispose();
        return error;
    }

    /// <summary>Whether a writer of these blocks has nothing to do before it writes: they are recorded, and an intent of them is on stable storage.</summary>
    public bool AllSet(long first, long last) => bitmap.AllSet(first, last) || (allChanged && allWarm);

    /// <inheritdoc cref="ChangeBitmap.IsWarm"/>
    public bool IsWarm(int region) => region == Intent.WholeImage ? allWarm : bitmap.IsWarm(region);

    /// <inheritdoc cref="ChangeBitmap.Warm"/>
    public void Warm(int region)
    {
        if (region == Intent.WholeImage)
            allWarm = true;
        else
            bitmap.Warm(region);
    }

    /// <inheritdoc cref="ChangeBitmap.Cool"/>
    public void Cool(int region)
    {
        if (region == Intent.WholeImage)
            allWarm = false;
        else
            bitmap.Cool(region);
    }

    /// <inheritdoc cref="ChangeBitmap.IsSet"/>
    public bool IsSet(long first, long last, out long run)
    {
        if (!allChanged)
            return bitmap.IsSet(first, last, out run);
        run = last - first + 1;
        return true;
    }

    public bool Get(long block) => allChanged || bitmap.Get(block);

    /// <summary>The first changed block at or after <paramref name="from"/>, or -1. Takes no notice of <see cref="AllChanged"/>.</summary>
    public long NextSet(long from) => bitmap.NextSet(from);

    /// <summary>
    /// Records a range as changed: on file (<paramref name="durable"/>: on stable storage), then in memory. The caller holds the locks of its sectors. After a sync
    /// that failed, nothing is visible in memory; the caller may ask again without.
    /// </summary>
    public FsError Mark(long first, long last, bool durable)
    {
        if (last >= ChangeBitmap.MaxBlocks)
            return MarkAll(durable);
        Span<ulong> words = stackalloc ulong[ChangeBitmap.WordsPerSector];
        while (first <= last)
        {
            long sector = Math.DivRem(first, ChangeBitmap.BitsPerSector, out long rest);
            int bit = (int)rest;
            int end = (int)Math.Min(ChangeBitmap.BitsPerSector - 1, bit + (last - first));
            bitmap.CopySector(sector, words);
            bool made = !words.ContainsAnyExcept(0UL);
            ChangeBitmap.SetBits(words, bit, end);
            FsError error = WriteSector(sector, words);
            // Not written for want of a descriptor is no reason to say more than is so.
            if (error != FsError.None)
                return !error.IsWant() && MarkAll(durable) == FsError.None ? FsError.None : error;
            if (durable && Sync() is var failed && failed != FsError.None)
                return failed;
            if (made)
                list?.Sector(header.Image, header.Generation, sector);
            bitmap.PublishSector(sector, words);
            first += end - bit + 1;
        }
        return FsError.None;
    }

    /// <summary>Says that everything changed, in room that is allocated already.</summary>
    public FsError MarkAll(bool durable = false)
    {
        lock (headerLock)
        {
            if (allChanged)
                return FsError.None;
            ChangeRecordHeader changed = header with { AllChanged = true };
            Span<byte> sector = stackalloc byte[ChangeRecordHeader.Size];
            changed.Write(sector);
            FsError error = file?.Write(0, sector, out _) ?? FsError.None;
            if (error == FsError.None && durable)
                error = Sync();
            if (error != FsError.None)
                return error;
            header = changed;
            allChanged = true;
            return FsError.None;
        }
    }

    /// <summary>Adds all changes of a later record of the same image. Idempotent. Nobody else writes to either.</summary>
    public FsError Join(ChangeRecord later)
    {
        if (later.allChanged)
            return MarkAll();
        Span<ulong> words = stackalloc ulong[ChangeBitmap.WordsPerSector];
        Span<ulong> more = stackalloc ulong[ChangeBitmap.WordsPerSector];
        foreach (long sector in later.bitmap.Sectors())
        {
            bitmap.CopySector(sector, words);
            later.bitmap.CopySector(sector, more);
            for (int i = 0; i < ChangeBitmap.BitWordsPerSector; i++)
                words[i] |= more[i];
            FsError error = WriteSector(sector, words);
            if (error != FsError.None)
                return error;
            bitmap.PublishSector(sector, words);
        }
        return FsError.None;
    }

    /// <summary>Adds what changed to a bitmap; false, and nothing added, if everything did.</summary>
    public bool AddTo(ChangeBitmap union)
    {
        if (allChanged)
            return false;
        union.Add(bitmap);
        return true;
    }

    /// <summary>Whether it stands for a file, and not for one that can't be read.</summary>
    public bool IsStored => file is not null;

    /// <summary>Whether a sector holds at least one bit.</summary>
    public bool Has(long sector)
    {
        Span<ulong> words = stackalloc ulong[ChangeBitmap.WordsPerSector];
        bitmap.CopySector(sector, words);
        return allChanged || words.ContainsAnyExcept(0UL);
    }

    /// <summary>Sectors that hold at least one bit.</summary>
    public IReadOnlyList<long> Sectors() => [.. bitmap.Sectors()];

    /// <summary>What it lacks of what the list of records says of it; empty: nothing.</summary>
    public string Lacks(ListedRecord listed)
    {
        if (listed.Sum is { } sum && sum != Sum())
            return "it doesn't say what it said when its generation was closed (checksum)";
        foreach (long sector in listed.Sectors)
        {
            if (!Has(sector))
                return $"its sector {sector} is missing";
        }
        return "";
    }

    /// <summary>The sum of all that it says: of each sector that has a bit its number and its seal, and whether everything changed. Nobody writes to it meanwhile.</summary>
    public uint Sum()
    {
        Span<ulong> words = stackalloc ulong[ChangeBitmap.WordsPerSector];
        uint sum = allChanged ? 1u : 0;
        foreach (long sector in bitmap.Sectors())
        {
            bitmap.CopySector(sector, words);
            ReadOnlySpan<ulong> said = [(ulong)sector, Seal(header, sector, words)];
            sum = Crc32C.Append(sum, MemoryMarshal.AsBytes(said));
        }
        return sum;
    }

    /// <summary>Brings what was recorded to stable storage.</summary>
    public FsError Sync() => sync?.Wait() ?? FsError.None;

    /// <summary>
    /// After a power cut, before it is loaded: regions (<see cref="Intent.WholeImage"/>: all) whose bits may be lost or torn count as changed in all of their blocks. A header
    /// that never came to the device is made again: then all that the record ever said is in such regions. One that is damaged stays so.
    /// </summary>
    public static FsError Doubt(IFile file, ChangeRecordHeader header, IEnumerable<int> regions)
    {
        Span<byte> sector = stackalloc byte[ChangeRecordHeader.Size];
        sector.Clear();
        FsError error = file.Read(0, sector, out _);
        if (error != FsError.None)
            return error;
        bool fresh = !sector.ContainsAnyExcept((byte)0);
        ChangeRecordHeader? there = fresh ? header : ChangeRecordHeader.Read(sector, out _);
        if (there is null || there.Image != header.Image || there.Generation != header.Generation)
            return FsError.None;
        bool all = there.AllChanged || regions.Contains(Intent.WholeImage);
        (there with { AllChanged = all }).Write(sector);
        error = file.Write(0, sector, out _);
        Span<ulong> words = stackalloc ulong[ChangeBitmap.WordsPerSector];
        foreach (int region in regions.Where(r => r != Intent.WholeImage))
        {
            for (long number = (long)region * ChangeBitmap.SectorsPerPage; error == FsError.None && number < ((long)region + 1) * ChangeBitmap.SectorsPerPage; number++)
            {
                words.Fill(ulong.MaxValue);
                words[ChangeBitmap.BitWordsPerSector] = Seal(header, number, words);
                error = file.Write(OffsetOf(number), MemoryMarshal.AsBytes(words), out _);
            }
        }
        return error;
    }

    public void Dispose() => file?.Dispose();

    private FsError WriteSector(long sector, Span<ulong> words)
    {
        words[ChangeBitmap.BitWordsPerSector] = Seal(header, sector, words);
        return file?.Write(OffsetOf(sector), MemoryMarshal.AsBytes(words), out _) ?? FsError.None;
    }

    private FsError LoadSectors(IFile file, out string damage)
    {
        damage = "";
        FsError error = file.GetLength(out long length);
        long position = ChangeRecordHeader.BitsOffset;
        while (error == FsError.None && position < length)
        {
            error = file.SeekData(position, out long data);
            if (error == FsError.NoSuchAddress)
                return FsError.None;
            if (error != FsError.None)
                return error;
            position = Math.Max(position, data / ChangeRecordHeader.Size * ChangeRecordHeader.Size);
            error = file.SeekHole(position, out long hole);
            if (error == FsError.None)
                error = LoadExtent(file, ref position, Math.Min(hole, length), ref damage);
        }
        return error;
    }

    /// <summary>Some sectors at a time, up to <paramref name="end"/>, where there may be half a one.</summary>
    private FsError LoadExtent(IFile file, ref long position, long end, ref string damage)
    {
        Span<ulong> words = new ulong[SectorsAtOnce * ChangeBitmap.WordsPerSector];
        while (position < end)
        {
            int count = (int)Math.Min(SectorsAtOnce, (end - position + ChangeRecordHeader.Size - 1) / ChangeRecordHeader.Size);
            Span<ulong> some = words[..(count * ChangeBitmap.WordsPerSector)];
            some.Clear();
            FsError error = file.Read(position, MemoryMarshal.AsBytes(some), out _);
            if (error != FsError.None)
                return error;
            for (int i = 0; i < count; i++, position += ChangeRecordHeader.Size)
                LoadSector((position - ChangeRecordHeader.BitsOffset) / ChangeRecordHeader.Size, some.Slice(i * ChangeBitmap.WordsPerSector, ChangeBitmap.WordsPerSector), ref damage);
        }
        return FsError.None;
    }

    private void LoadSector(long sector, Span<ulong> words, ref string damage)
    {
        if (!words.ContainsAnyExcept(0UL))
            return;
        if (words[ChangeBitmap.BitWordsPerSector] != Seal(header, sector, words))
        {
            damage = $"sector {sector} is damaged (checksum); all of its blocks count as changed";
            words.Fill(ulong.MaxValue);
        }
        bitmap.PublishSector(sector, words);
    }

    /// <summary>Checksum word of a sector: CRC-32C over its bits, seeded with the image, generation and place that it belongs to; never 0.</summary>
    private static ulong Seal(ChangeRecordHeader header, long sector, ReadOnlySpan<ulong> words)
    {
        ReadOnlySpan<ulong> place = [header.Image.Value, (ulong)header.Generation, (ulong)sector];
        uint crc = Crc32C.Append(Crc32C.Compute(MemoryMarshal.AsBytes(place)), MemoryMarshal.AsBytes(words[..ChangeBitmap.BitWordsPerSector]));
        return 1UL << 32 | crc;
    }

    private static long OffsetOf(long sector) => ChangeRecordHeader.BitsOffset + (sector * ChangeRecordHeader.Size);
}
