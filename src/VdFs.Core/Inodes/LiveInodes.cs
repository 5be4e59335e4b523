using System.Buffers.Binary;
using System.Collections.Concurrent;
using VdFs.Core.Checksums;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Inodes;

/// <summary>
/// Inode numbers of the live tree. A file of the backing filesystem has the number that it has there, if that fits into 31 bits and the file is on the same device as the root; another gets one from the
/// pool, and keeps it. So a large xfs, or a btrfs with subvolumes, shows numbers of 32 bits too, and none twice.
/// </summary>
/// <remarks>
/// What was given is appended to the file `inodes` in the state directory, without a sync: a later worker and the next mount know it, and after a power cut the last ones may be other numbers. The file is
/// made by the first that is given. A file that takes over the inode of a deleted one has its number too, as on the backing filesystem. Safe from any thread; its lock is taken before the pool's.
/// </remarks>
public sealed class LiveInodes : IDisposable
{
    public const int EntrySize = 24;

    /// <summary>So many that no file has any more are not worth writing the file anew.</summary>
    private const int Tolerated = 4096;

    private const uint Version = 1;
    private const string Temporary = StatePaths.Inodes + ".new";

    private readonly IStorage state;
    private readonly ConcurrentDictionary<(ulong FileSystem, ulong Inode), uint> numbers = new();

    /// <summary>The filesystem's lasting id by its device number, which is another after each mount.</summary>
    private readonly ConcurrentDictionary<ulong, ulong> fileSystems = new();

    /// <summary>Guards the file and the giving of numbers.</summary>
    private readonly Lock giving = new();

    private IFile? file;
    private long end;

    internal LiveInodes(IStorage state) => this.state = state;

    /// <summary>Gives numbers; set before the mount serves.</summary>
    internal InodePool? Pool { private get; set; }

    /// <summary>How many were given.</summary>
    public int Count => numbers.Count;

    private static ReadOnlySpan<byte> Magic => "VDFSINO\n"u8;

    /// <summary>Whether a number of the root's device is shown as it is.</summary>
    public static bool IsShown(ulong inode) => inode < InodePool.SnapshotsFolder;

    /// <summary>Reads what former mounts gave. What follows damage is dropped: those files get other numbers.</summary>
    internal FsError Read()
    {
        FsError error = state.Open(StatePaths.Inodes, StorageOpen.Existing, out file);
        if (error != FsError.None)
            return error == FsError.NotFound ? FsError.None : error;
        error = ReadAll(file!, out List<(ulong FileSystem, ulong Inode, uint Number)> found, out string problem);
        foreach ((ulong fileSystem, ulong inode, uint number) in found)
            numbers[(fileSystem, inode)] = number;
        end = (found.Count + 1) * EntrySize;
        // What follows would count again once the damaged entry is written over.
        return error == FsError.None && problem.Length != 0 ? file!.SetLength(found.Count == 0 ? 0 : end) : error;
    }

    /// <summary>All entries up to the first that is damaged or cut off.</summary>
    internal static FsError ReadAll(IFile file, out List<(ulong FileSystem, ulong Inode, uint Number)> found, out string problem)
    {
        found = [];
        problem = "";
        FsError error = file.GetLength(out long length);
        if (error != FsError.None)
            return error;
        byte[] bytes = new byte[length];
        error = file.Read(0, bytes, out int read);
        if (error != FsError.None || read == 0)
            return error;
        if (read < EntrySize || !bytes.AsSpan(0, EntrySize).SequenceEqual(Header()))
        {
            problem = "its beginning is damaged";
            return FsError.None;
        }
        for (int at = EntrySize; at < read; at += EntrySize)
        {
            Span<byte> entry = bytes.AsSpan(at, Math.Min(EntrySize, read - at));
            // A piece of one is what a death leaves.
            if (entry.Length < EntrySize)
                break;
            if (Sum(entry, at) != BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]))
            {
                problem = $"its entry at {at} is damaged (checksum)";
                break;
            }
            found.Add((BinaryPrimitives.ReadUInt64LittleEndian(entry), BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadUInt32LittleEndian(entry[16..])));
        }
        return FsError.None;
    }

    /// <summary>The number of a file whose own isn't shown.</summary>
    /// <param name="key">Where it is.</param>
    /// <param name="identify">The lasting id of its filesystem; asked once per device.</param>
    public uint Of(FileKey key, Func<ulong> identify)
    {
        ulong fileSystem = fileSystems.TryGetValue(key.Device, out ulong known) ? known : fileSystems.GetOrAdd(key.Device, identify());
        return numbers.TryGetValue((fileSystem, key.Inode), out uint number) ? number : Give(fileSystem, key.Inode);
    }

    /// <summary>Whether a file of the live tree has it. Looks at all of them.</summary>
    public bool Has(ulong number) => number <= uint.MaxValue && numbers.Values.Contains((uint)number);

    /// <summary>All that were given, as ranges of one.</summary>
    internal IEnumerable<InodeRange> Ranges() => numbers.Values.Select(n => new InodeRange(n, n + 1));

    /// <summary>How many were given by now: a scan that begins after this sees all files that have these, unless they are gone.</summary>
    internal long Mark()
    {
        lock (giving)
            return end;
    }

    /// <summary>After a scan: numbers of files that it didn't see go, once they are many. A file that is open and has no name gets another.</summary>
    /// <param name="present">All files that have a name.</param>
    /// <param name="mark">What <see cref="Mark"/> was before the scan.</param>
    internal void Forget(IEnumerable<FileKey> present, long mark)
    {
        if (numbers.Count <= Tolerated)
            return;
        lock (giving)
        {
            var kept = new HashSet<(ulong, ulong)>(present.Where(k => fileSystems.ContainsKey(k.Device)).Select(k => (fileSystems[k.Device], k.Inode)));
            HashSet<ulong> scanned = [.. fileSystems.Values];
            var young = new HashSet<(ulong, ulong)>();
            if (file is null || ReadAll(file, out List<(ulong FileSystem, ulong Inode, uint Number)> all, out _) != FsError.None)
                return;
            young.UnionWith(all.Skip((int)(mark / EntrySize) - 1).Select(e => (e.FileSystem, e.Inode)));
            (ulong, ulong)[] gone = [.. numbers.Keys.Where(k => scanned.Contains(k.FileSystem) && !kept.Contains(k) && !young.Contains(k))];
            if (gone.Length <= Tolerated + (numbers.Count / 2))
                return;
            foreach ((ulong, ulong) key in gone)
                numbers.TryRemove(key, out _);
            Rewrite();
        }
    }

    public void Dispose() => file?.Dispose();

    private uint Give(ulong fileSystem, ulong inode)
    {
        lock (giving)
        {
            if (numbers.TryGetValue((fileSystem, inode), out uint number))
                return number;
            InodeRange[] given = Pool!.Take(1);
            number = given[0].First;
            numbers[(fileSystem, inode)] = number;
            Pool.Settle(given);
            Append(fileSystem, inode, number);
            return number;
        }
    }

    /// <summary>One that can't be written is another after the next start, and nothing worse.</summary>
    private void Append(ulong fileSystem, ulong inode, uint number)
    {
        if (file is null && state.Open(StatePaths.Inodes, StorageOpen.OpenOrCreate, out file) != FsError.None)
            return;
        if (end <= EntrySize)
        {
            if (file!.Write(0, Header(), out _) != FsError.None)
                return;
            end = EntrySize;
        }
        Span<byte> entry = stackalloc byte[EntrySize];
        Lay(entry, end, fileSystem, inode, number);
        if (file!.Write(end, entry, out _) == FsError.None)
            end += EntrySize;
    }

    private void Rewrite()
    {
        byte[] bytes = new byte[(numbers.Count + 1) * EntrySize];
        Header().CopyTo(bytes, 0);
        int at = EntrySize;
        foreach (((ulong fileSystem, ulong inode), uint number) in numbers)
        {
            Lay(bytes.AsSpan(at, EntrySize), at, fileSystem, inode, number);
            at += EntrySize;
        }
        _ = state.Delete(Temporary);
        if (state.Open(Temporary, StorageOpen.CreateNew, out IFile? anew) != FsError.None)
            return;
        if (anew!.Write(0, bytes, out _) != FsError.None || anew.Sync(dataOnly: false) != FsError.None || state.Rename(Temporary, StatePaths.Inodes) != FsError.None)
        {
            anew.Dispose();
            _ = state.Delete(Temporary);
            return;
        }
        file?.Dispose();
        (file, end) = (anew, bytes.Length);
    }

    private static byte[] Header()
    {
        byte[] header = new byte[EntrySize];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), Sum(header, 0));
        return header;
    }

    private static void Lay(Span<byte> entry, long at, ulong fileSystem, ulong inode, uint number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(entry, fileSystem);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], inode);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[20..], Sum(entry, at));
    }

    /// <summary>Of where it stands and its first 20 bytes.</summary>
    private static uint Sum(ReadOnlySpan<byte> entry, long at)
    {
        Span<byte> place = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(place, at);
        return Crc32C.Append(Crc32C.Append(0, place), entry[..20]);
    }
}
