using System.Buffers.Binary;
using VdFs.Core.Checksums;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Tracking;

/// <summary>
/// The list of all change records, in the file `records`: a record that is gone would read as "nothing changed", and so would a sector of one that is
/// zeros. Appended to in 32 bytes at a time; written anew when a mount begins.
/// </summary>
/// <remarks>
/// What must hold at every instant: a record that the list has is there. It is listed after its file was made, and taken off, on stable storage, before
/// its file is removed. The reverse need not hold: a record that isn't listed was made just before a death, and is believed as it is.
/// A record is sealed, with the sum of all that it says, once its generation is closed; who changes it later takes the seal off first. Until then, each of its sectors
/// is listed after its first bit was written.
/// An older copy of the list is harmless: it names records that are gone, or has seals that don't fit, and both break lineages. An older copy of the
/// catalog is found out by the number of the mount, which the catalog has first.
/// Safe from any thread; its lock is a leaf.
/// </remarks>
internal sealed partial class RecordList : IDisposable
{
    public const int EntrySize = 32;

    private const uint Version = 1;
    private const string Temporary = StatePaths.RecordList + ".new";

    private readonly IStorage state;
    private readonly List<Entry> found = [];

    /// <summary>Guards the end of the file and what is listed.</summary>
    private readonly Lock append = new();

    private IFile? file;
    private long end;
    private long mount;

    /// <summary>Entries that were on stable storage when the mount that wrote them began.</summary>
    private int stable;

    private RecordList(IStorage state) => this.state = state;

    private enum Kind : uint
    {
        Made = 1,
        Sealed = 2,
        Gone = 3,

        /// <summary>A sector of the record holds bits; its number stands where else the sum does.</summary>
        Sector = 4,
    }

    private static ReadOnlySpan<byte> Magic => "VDFSREC\n"u8;

    /// <summary>What is wrong with the file as it was found; empty: nothing. What it lists is not all there was then.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>Whether that may be no more than what a power cut does to a file that wasn't synced.</summary>
    public bool IsOnlyTorn { get; private set; }

    /// <summary>False: there was no file.</summary>
    public bool Found { get; private set; }

    /// <summary>Number of the mount that it was written in.</summary>
    public long Mount => mount;

    /// <summary>Reads the list, changing nothing. Damage is told in <see cref="Problem"/>; an error is one of the storage.</summary>
    public static FsError Read(IStorage state, out RecordList? list)
    {
        list = new RecordList(state);
        FsError error = state.Open(StatePaths.RecordList, StorageOpen.Existing, out IFile? file);
        if (error == FsError.NotFound)
            return FsError.None;
        list.Found = true;
        if (error == FsError.None)
        {
            using (file)
                error = list.ReadEntries(file!);
        }
        if (error == FsError.IsDirectory)
            (list.Problem, error) = ("it is a directory", FsError.None);
        return error;
    }

    /// <summary>Records that were there when it was read.</summary>
    /// <param name="trusted">
    /// False after a power cut: what was appended since may speak of more than came to the device. Only what was taken off, or unsealed, is believed of it.
    /// </param>
    public Dictionary<(ImageId Image, long Generation), ListedRecord> Listed(bool trusted)
    {
        var listed = new Dictionary<(ImageId Image, long Generation), ListedRecord>();
        for (int i = 0; i < found.Count; i++)
        {
            (Kind kind, ImageId image, long generation, uint sum) = found[i];
            bool known = listed.TryGetValue((image, generation), out ListedRecord? former);
            if (kind == Kind.Gone)
                listed.Remove((image, generation));
            else if (!known && !trusted && i >= stable)
                continue;
            else if (kind == Kind.Sector)
                AddSector(listed, (image, generation), former, sum, trusted || i < stable);
            else
                listed[(image, generation)] = kind == Kind.Sealed && (trusted || i < stable) ? new(sum, []) : ListedRecord.Unsealed;
        }
        return listed;
    }

    /// <summary>Records that were listed, on stable storage, when the mount that wrote the list began, and that weren't taken off since.</summary>
    public HashSet<(ImageId Image, long Generation)> Stable()
    {
        HashSet<(ImageId, long)> records = [.. found.Take(stable).Select(e => (e.Image, e.Generation))];
        records.ExceptWith(found.Where(e => e.Kind == Kind.Gone).Select(e => (e.Image, e.Generation)));
        return records;
    }

    private static void AddSector(Dictionary<(ImageId Image, long Generation), ListedRecord> listed, (ImageId Image, long Generation) key, ListedRecord? former, uint sector, bool believed)
    {
        if (former is not { Sectors: List<long> sectors, Sum: null })
            listed[key] = new(null, sectors = []);
        if (believed)
            sectors.Add(sector);
    }

    /// <summary>Writes the list anew, whole or not at all, on stable storage; from here on it is appended to.</summary>
    /// <param name="settled">Those of the entries whose files are on stable storage: the others are not believed after a power cut. Null: all.</param>
    public FsError Rewrite(
        IReadOnlyDictionary<(ImageId Image, long Generation), ListedRecord> entries, long mountNumber, IReadOnlySet<(ImageId Image, long Generation)>? settled = null)
    {
        settled ??= entries.Keys.ToHashSet();
        lock (append)
        {
            int count = entries.Where(e => settled.Contains(e.Key)).Sum(e => 1 + e.Value.Sectors.Count);
            byte[] bytes = new byte[(entries.Sum(e => 1 + e.Value.Sectors.Count) + 1) * EntrySize];
            WriteHeader(bytes, mountNumber, count);
            int at = EntrySize;
            foreach (((ImageId image, long generation), ListedRecord record) in entries.OrderByDescending(e => settled.Contains(e.Key)))
            {
                WriteEntry(bytes.AsSpan(at, EntrySize), at, record.Sum is null ? Kind.Made : Kind.Sealed, image, generation, record.Sum ?? 0);
                at += EntrySize;
                foreach (long sector in record.Sectors)
                {
                    WriteEntry(bytes.AsSpan(at, EntrySize), at, Kind.Sector, image, generation, (uint)sector);
                    at += EntrySize;
                }
            }
            FsError error = state.Delete(Temporary);
            IFile? made = null;
            if (error is FsError.None or FsError.NotFound)
                error = state.Open(Temporary, StorageOpen.CreateNew, out made);
            if (error == FsError.None)
                error = made!.Write(0, bytes, out _);
            if (error == FsError.None)
                error = made!.Sync(dataOnly: false);
            if (error == FsError.None)
                error = state.Rename(Temporary, StatePaths.RecordList);
            if (error == FsError.None)
                error = state.SyncFolder("");
            if (error != FsError.None)
            {
                made?.Dispose();
                _ = state.Delete(Temporary);
                return error;
            }
            file?.Dispose();
            file = made;
            end = at;
            stable = count;
            mount = mountNumber;
            return FsError.None;
        }
    }

    /// <summary>
    /// There is no room for a new list: the one that was found is appended to, if it is whole. What it says too much breaks lineages at the next mount, and nothing worse.
    /// </summary>
    public void GoOn()
    {
        lock (append)
        {
            if (Found && Problem.Length == 0 && state.Open(StatePaths.RecordList, StorageOpen.Existing, out file) == FsError.None)
                end = (found.Count + 1L) * EntrySize;
        }
    }

    /// <summary>The catalog has come to this mount: so has the list.</summary>
    public FsError Begin(long mountNumber)
    {
        Span<byte> header = stackalloc byte[EntrySize];
        lock (append)
        {
            mount = mountNumber;
            WriteHeader(header, mountNumber, stable);
            return file?.Write(0, header, out _) ?? FsError.None;
        }
    }

    /// <summary>A record's file was made. Without room for this, it stays unlisted: should it go, nobody will notice.</summary>
    public void Made(ImageId image, long generation) => _ = Append(Kind.Made, image, generation, 0);

    /// <summary>A sector got its first bit. The same without room.</summary>
    public void Sector(ImageId image, long generation, long sector) => _ = Append(Kind.Sector, image, generation, (uint)sector);

    /// <summary>Nothing is added to the record any more. The same as for <see cref="Made"/> if there is no room.</summary>
    public FsError Seal(ImageId image, long generation, uint sum) => Append(Kind.Sealed, image, generation, sum);

    /// <summary>Takes the seals off, on stable storage: the records are about to change. Not to be changed after an error.</summary>
    public FsError Unseal(IReadOnlyCollection<(ImageId Image, long Generation)> records) => AppendAll(Kind.Made, records);

    /// <summary>Takes records off the list, on stable storage. Their files are to be removed after this, and not after an error.</summary>
    /// <remarks>Under the engine's cut lock, as <see cref="Unseal"/>.</remarks>
    public FsError Remove(IReadOnlyCollection<(ImageId Image, long Generation)> records)
    {
        FsError error = AppendAll(Kind.Gone, records);
        if (error == FsError.None)
            CompactIfWorthwhile(2 * records.Count);
        return error;
    }

    public void Dispose() => file?.Dispose();

    private FsError AppendAll(Kind kind, IReadOnlyCollection<(ImageId Image, long Generation)> records)
    {
        foreach ((ImageId image, long generation) in records)
        {
            FsError error = Append(kind, image, generation, 0);
            if (error != FsError.None)
                return error;
        }
        return records.Count == 0 ? FsError.None : Sync();
    }

    /// <summary>Not under the lock: writers append meanwhile. The file stays open until the end.</summary>
    private FsError Sync()
    {
        IFile? list;
        lock (append)
            list = file;
        return list?.Sync(dataOnly: true) ?? FsError.BadHandle;
    }

    private FsError Append(Kind kind, ImageId image, long generation, uint sum)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        lock (append)
        {
            if (file is null)
                return FsError.BadHandle;
            WriteEntry(entry, end, kind, image, generation, sum);
            FsError error = file.Write(end, entry, out _);
            if (error == FsError.None)
                end += EntrySize;
            return error;
        }
    }

    private FsError ReadEntries(IFile source)
    {
        FsError error = source.GetLength(out long length);
        if (error != FsError.None)
            return error;
        if (length > int.MaxValue)
        {
            Problem = "it is larger than any list";
            return FsError.None;
        }
        byte[] bytes = new byte[length];
        error = source.Read(0, bytes, out int read);
        if (error != FsError.None)
            return error;
        Problem = CheckHeader(bytes.AsSpan(0, read));
        bool headed = Problem.Length == 0;
        // An entry that was being appended when the disk was full may be there in part: it was never one.
        for (int at = EntrySize; Problem.Length == 0 && at + EntrySize <= read; at += EntrySize)
        {
            if (!Take(bytes.AsSpan(at, EntrySize), at))
                Problem = $"its entry {at / EntrySize} is damaged (checksum)";
        }
        IsOnlyTorn = headed && Problem.Length != 0 && found.Count >= stable;
        if (Problem.Length == 0 && found.Count < stable)
            Problem = $"it ends after {found.Count} of {stable} entries";
        return FsError.None;
    }

    private string CheckHeader(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < EntrySize)
            return "it is shorter than its header";
        ReadOnlySpan<byte> header = bytes[..EntrySize];
        if (!header[..8].SequenceEqual(Magic))
            return "it is not a list of change records";
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[28..]) != Crc32C.Compute(header[..28]))
            return "its header is damaged (checksum)";
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (version != Version)
            return $"its format version is {version}, this build knows {Version}";
        mount = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        stable = BinaryPrimitives.ReadInt32LittleEndian(header[24..]);
        return "";
    }

    private bool Take(ReadOnlySpan<byte> entry, long place)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(entry[28..]) != SumOf(entry, place))
            return false;
        var read = new Entry(
            (Kind)BinaryPrimitives.ReadUInt32LittleEndian(entry), new ImageId(BinaryPrimitives.ReadUInt64LittleEndian(entry[8..])),
            BinaryPrimitives.ReadInt64LittleEndian(entry[16..]), BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]));
        if (!Enum.IsDefined(read.Kind))
            return false;
        found.Add(read);
        return true;
    }

    private static void WriteHeader(Span<byte> header, long mountNumber, int stable)
    {
        header = header[..EntrySize];
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], mountNumber);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], stable);
        BinaryPrimitives.WriteUInt32LittleEndian(header[28..], Crc32C.Compute(header[..28]));
    }

    private static void WriteEntry(Span<byte> entry, long place, Kind kind, ImageId image, long generation, uint sum)
    {
        entry.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)kind);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], image.Value);
        BinaryPrimitives.WriteInt64LittleEndian(entry[16..], generation);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], sum);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[28..], SumOf(entry, place));
    }

    /// <summary>Of the entry at its place: one that was moved is none.</summary>
    private static uint SumOf(ReadOnlySpan<byte> entry, long place)
    {
        Span<byte> where = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(where, place);
        return Crc32C.Append(Crc32C.Compute(where), entry[..28]);
    }

    private readonly record struct Entry(Kind Kind, ImageId Image, long Generation, uint Sum);
}
