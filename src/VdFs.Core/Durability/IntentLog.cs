using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VdFs.Core.Checksums;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Durability;

/// <summary>
/// Which regions may hold changes that are not on stable storage yet: the file `intents` of the state directory. Written down and synced before the first change
/// of a region, dropped after image, store and record were synced with no change in between (<see cref="Engine"/> sees to that).
/// </summary>
/// <remarks>
/// <para>What must hold at every instant: if a region changed since everything of it was last brought to stable storage, an intent of it (or of the whole image, or
/// of every image) is on stable storage. Too many intents cost an excess of changes after a power cut; one too few would be a missed change.</para>
/// <para>Concurrent writers share a sync: who finds its entry covered by one that began after it was written waits for no other.</para>
/// <para>If there is no room for an entry, the first slot, which has its room since the file was made, says <i>every image</i>.</para>
/// </remarks>
internal sealed class IntentLog : IDisposable
{
    private const uint Version = 1;
    private const uint FlagDurable = 1;
    private const uint FlagTainted = 2;

    /// <summary>Sectors that have their room from the beginning: 3,825 intents, 470 GiB of image.</summary>
    private const int PreparedSectors = 256;

    /// <summary>Intents that are dropped under one taking of the lock, which writers take for a region's first change.</summary>
    private const int DroppedAtOnce = 256;

    private static readonly Intent Everything = new(ImageId.None, Intent.WholeImage, 0);

    private readonly IFile file;

    /// <summary>Guards the fields below. A leaf.</summary>
    private readonly Lock guard = new();
    private readonly Dictionary<(ImageId Image, int Region), Entry> entries = [];
    private readonly FreeSlots free = new();
    private byte[] content;
    private bool durable;
    private bool tainted;
    private long written;

    /// <summary>One sync at a time; taken while nothing else is held but an image's range and sector locks.</summary>
    private readonly Lock syncing = new();
    private long synced;
    private volatile bool everything;
    private volatile bool rewrite;

    private IntentLog(IFile file, byte[] content)
    {
        this.file = file;
        this.content = content;
    }

    private static ReadOnlySpan<byte> Magic => "VDFSINT\n"u8;

    /// <summary>False: the file is new, or can't be trusted to be complete.</summary>
    public bool WasKept { get; private set; }

    /// <summary>Whether the mount that wrote it had everything on stable storage before an image changed (<see cref="EngineOptions.DurableSnapshots"/>).</summary>
    public bool WasDurable { get; private set; }

    /// <summary>A sync failed: what was handed over may be lost though the machine went on.</summary>
    public bool IsTainted => tainted;

    public bool IsEmpty
    {
        get
        {
            lock (guard)
                return entries.Count == 0;
        }
    }

    public int Count
    {
        get
        {
            lock (guard)
                return entries.Count;
        }
    }

    public IReadOnlyList<Intent> Intents
    {
        get
        {
            lock (guard)
                return [.. entries.Values.Select(e => e.Intent)];
        }
    }

    /// <summary>Called when there is an intent again: somebody should see to its end.</summary>
    public Action Filled { get; set; } = static () => { };

    public static FsError Open(IStorage state, out IntentLog? log)
    {
        log = null;
        FsError error = state.Open(StatePaths.Intents, StorageOpen.OpenOrCreate, out IFile? file);
        if (error != FsError.None)
            return error;
        error = file!.GetLength(out long length);
        byte[] content = new byte[Math.Clamp(length / IntentSector.Size, PreparedSectors, 1 << 20) * IntentSector.Size];
        int read = 0;
        if (error == FsError.None)
            error = file.Read(0, content, out read);
        if (error != FsError.None)
        {
            file.Dispose();
            return error;
        }
        log = new IntentLog(file, content);
        log.Parse(read);
        return FsError.None;
    }

    /// <summary>A mount begins: the file is whole, with its room, before anything changes. What it holds stays.</summary>
    /// <param name="state">Where the file is.</param>
    /// <param name="durableSnapshots">Whether everything is on stable storage before an image changes, from here on.</param>
    /// <param name="settled">Everything was just brought to stable storage: a sync that failed earlier is made good. Otherwise a taint stays, also one that the start itself met.</param>
    /// <param name="failed">A sync just failed: with this, in one write, the file is tainted.</param>
    public FsError Begin(IStorage state, bool durableSnapshots, bool settled, bool failed = false)
    {
        lock (guard)
        {
            durable = durableSnapshots;
            tainted = failed || (tainted && !settled);
            WriteHeader();
            for (int sector = 1; sector < content.Length / IntentSector.Size; sector++)
                IntentSector.Seal(SectorOf(sector), sector);
            FsError error = file.Write(0, content, out _);
            if (error == FsError.None)
                error = file.Sync(dataOnly: false);
            if (error == FsError.None)
                error = state.SyncFolder("");
            return error;
        }
    }

    /// <summary>
    /// Returns when an intent of the region is on stable storage. <paramref name="since"/> is the current generation. Inside the gate, under the locks of the region's sectors.
    /// </summary>
    public FsError Ensure(ImageId image, int region, long since)
    {
        long ticket;
        lock (guard)
        {
            if (entries.TryGetValue((image, region), out Entry? entry) || (everything && entries.TryGetValue((Everything.Image, Everything.Region), out entry)))
            {
                entry.Wanted = true;
            }
            else
            {
                FsError error = Add(new Intent(image, region, since), out entry);
                if (error != FsError.None)
                    return error;
            }
            ticket = entry!.Ticket;
        }
        return Volatile.Read(ref synced) >= ticket ? FsError.None : SyncUpTo(ticket);
    }

    /// <summary>First step of an end: those that nobody wanted since the last call; the others count as not wanted from now on.</summary>
    /// <param name="unwanted">Whose regions must be cold by now.</param>
    /// <param name="wanted">Whose regions the caller makes cold.</param>
    public void Turn(ICollection<Intent> unwanted, ICollection<Intent> wanted)
    {
        lock (guard)
        {
            foreach (Entry entry in entries.Values)
            {
                (entry.Wanted ? wanted : unwanted).Add(entry.Intent);
                entry.Wanted = false;
            }
        }
    }

    /// <summary>Last step of an end: what they speak of is on stable storage. Those that were wanted since, or whose region <paramref name="isCold"/> denies, stay.</summary>
    public FsError Drop(IEnumerable<Intent> settled, Func<Intent, bool> isCold)
    {
        FsError error = FsError.None;
        foreach (Intent[] some in settled.Chunk(DroppedAtOnce))
        {
            if (DropSome(some, isCold) is var failed and not FsError.None)
                error = failed;
        }
        return error;
    }

    /// <summary>All of it is settled: everything is on stable storage, and nothing changes meanwhile.</summary>
    public FsError Clear()
    {
        lock (guard)
        {
            entries.Clear();
            free.Clear();
            everything = false;
            content.AsSpan(IntentSector.Size).Clear();
            AddFreeSlots(1, content.Length / IntentSector.Size);
            for (int sector = 1; sector < content.Length / IntentSector.Size; sector++)
                IntentSector.Seal(SectorOf(sector), sector);
            FsError error = file.Write(0, content, out _);
            return error == FsError.None ? file.Sync(dataOnly: true) : error;
        }
    }

    /// <summary>From now on, what was handed over is not believed without the intents, not even while the machine runs.</summary>
    public void Taint()
    {
        lock (guard)
        {
            if (tainted)
                return;
            tainted = true;
            WriteHeader();
            _ = file.Write(0, content.AsSpan(0, IntentSector.Size), out _);
            _ = file.Sync(dataOnly: true);
        }
    }

    public void Dispose() => file.Dispose();

    private FsError DropSome(Intent[] settled, Func<Intent, bool> isCold)
    {
        lock (guard)
        {
            var sectors = new SortedSet<int>();
            foreach (Intent intent in settled)
            {
                if (!entries.TryGetValue((intent.Image, intent.Region), out Entry? entry) || entry.Wanted || intent == Everything || !isCold(intent))
                    continue;
                entries.Remove((intent.Image, intent.Region));
                free.Add(entry.Slot);
                sectors.Add(SectorNumberOf(entry.Slot));
                IntentSector.Put(SectorOf(SectorNumberOf(entry.Slot)), entry.Slot % IntentSector.Entries, null);
            }
            // Not synced: one that comes back is an excess. A sector is written as a whole, with those that stay.
            FsError error = FsError.None;
            foreach (int sector in sectors)
            {
                if (WriteSector(sector) is var failed and not FsError.None)
                    error = failed;
            }
            return error;
        }
    }

    private void Parse(int read)
    {
        ReadOnlySpan<byte> header = content.AsSpan(0, IntentSector.Size);
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        WasKept = read >= 2 * IntentSector.Size && header[..8].SequenceEqual(Magic)
            && BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) == Version
            && (long)BinaryPrimitives.ReadInt32LittleEndian(header[16..]) * IntentSector.Size <= read
            && BinaryPrimitives.ReadUInt32LittleEndian(header[508..]) == Crc32C.Compute(header[..508]);
        for (int sector = 1; WasKept && sector < content.Length / IntentSector.Size; sector++)
            WasKept = IntentSector.IsWhole(SectorOf(sector), sector);
        if (!WasKept)
        {
            content.AsSpan().Clear();
            AddFreeSlots(1, content.Length / IntentSector.Size);
            return;
        }
        WasDurable = (flags & FlagDurable) != 0;
        tainted = (flags & FlagTainted) != 0;
        AddFreeSlots(1, content.Length / IntentSector.Size);
        for (int slot = 0; slot < Slots; slot++)
        {
            if (IntentSector.Get(SectorOf(SectorNumberOf(slot)), slot % IntentSector.Entries) is not { } intent)
                continue;
            entries[(intent.Image, intent.Region)] = new Entry(intent, slot, 0);
            free.Remove(slot);
            everything |= intent == Everything;
        }
    }

    private int Slots => ((content.Length / IntentSector.Size) - 1) * IntentSector.Entries;

    private void AddFreeSlots(int fromSector, int toSector)
    {
        for (int slot = Math.Max(1, (fromSector - 1) * IntentSector.Entries); slot < (toSector - 1) * IntentSector.Entries; slot++)
            free.Add(slot);
    }

    private FsError Add(Intent intent, out Entry? entry)
    {
        if (free.Count == 0)
            Grow();
        FsError error = free.Count == 0 ? FsError.NoSpace : Write(intent, free.Lowest, out entry);
        entry = error == FsError.None ? entries[(intent.Image, intent.Region)] : null;
        if (error == FsError.None)
        {
            if (entries.Count == 1)
                Filled();
            return FsError.None;
        }
        // No room: the first slot has its own.
        error = Write(Everything, 0, out entry);
        everything |= error == FsError.None;
        return error;
    }

    private FsError Write(Intent intent, int slot, out Entry? entry)
    {
        int sector = SectorNumberOf(slot);
        IntentSector.Put(SectorOf(sector), slot % IntentSector.Entries, intent);
        FsError error = WriteSector(sector);
        if (error != FsError.None)
        {
            IntentSector.Put(SectorOf(sector), slot % IntentSector.Entries, null);
            rewrite = true;
            entry = null;
            return error;
        }
        free.Remove(slot);
        entries[(intent.Image, intent.Region)] = entry = new Entry(intent, slot, ++written) { Wanted = true };
        return FsError.None;
    }

    private void Grow()
    {
        int before = content.Length / IntentSector.Size;
        byte[] grown = new byte[content.Length * 2];
        content.CopyTo(grown, 0);
        for (int sector = before; sector < before * 2; sector++)
            IntentSector.Seal(grown.AsSpan(sector * IntentSector.Size, IntentSector.Size), sector);
        // On stable storage before the header counts it: a file that is shorter than its header says isn't believed.
        if (file.Write(content.Length, grown.AsSpan(content.Length), out _) != FsError.None || file.Sync(dataOnly: false) != FsError.None)
            return;
        content = grown;
        AddFreeSlots(before, before * 2);
        WriteHeader();
        rewrite |= file.Write(0, content.AsSpan(0, IntentSector.Size), out _) != FsError.None;
    }

    private FsError SyncUpTo(long ticket)
    {
        lock (syncing)
        {
            if (Volatile.Read(ref synced) >= ticket)
                return FsError.None;
            long covered;
            FsError error = FsError.None;
            lock (guard)
            {
                covered = written;
                // A sync that failed may have dropped what it should have written.
                if (rewrite)
                    error = file.Write(0, content, out _);
            }
            if (error == FsError.None)
                error = file.Sync(dataOnly: true);
            rewrite = error != FsError.None;
            if (error == FsError.None)
                Volatile.Write(ref synced, covered);
            return error;
        }
    }

    private FsError WriteSector(int sector)
    {
        IntentSector.Seal(SectorOf(sector), sector);
        return file.Write((long)sector * IntentSector.Size, SectorOf(sector), out _);
    }

    private void WriteHeader()
    {
        Span<byte> header = SectorOf(0);
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (durable ? FlagDurable : 0) | (tainted ? FlagTainted : 0));
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], content.Length / IntentSector.Size);
        BinaryPrimitives.WriteUInt32LittleEndian(header[508..], Crc32C.Compute(header[..508]));
    }

    private Span<byte> SectorOf(int number) => content.AsSpan(number * IntentSector.Size, IntentSector.Size);

    private static int SectorNumberOf(int slot) => 1 + (slot / IntentSector.Entries);

    private sealed class Entry(Intent intent, int slot, long ticket)
    {
        public Intent Intent => intent;

        public int Slot => slot;

        /// <summary>On stable storage once this many were synced.</summary>
        public long Ticket => ticket;

        /// <summary>A writer asked for it since the last turn.</summary>
        public bool Wanted { get; set; }
    }
}
