using System.Buffers.Binary;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace VdFs.PowerCut.Replay;

/// <summary>
/// A log as QEMU's blklogwrites makes it, with sectors of 512 bytes: a superblock (magic, version 1, number of entries, u64 each; sector size, u32), then
/// entries of one sector (first sector, sectors, flags, length of data, u64 each), each followed by its data.
/// </summary>
/// <remarks>An entry is in the log before the guest hears that its write or flush was done.</remarks>
public sealed class WriteLog : IDisposable
{
    private const ulong Magic = 0x6a73_6677_7368_72;
    private const int SectorSize = 512;
    private readonly SafeFileHandle file;
    private readonly List<LogEntry> entries = [];

    public WriteLog(string path)
    {
        file = File.OpenHandle(path);
        Span<byte> sector = stackalloc byte[SectorSize];
        Read(0, sector);
        ulong count = BinaryPrimitives.ReadUInt64LittleEndian(sector[16..]);
        if (BinaryPrimitives.ReadUInt64LittleEndian(sector) != Magic || BinaryPrimitives.ReadUInt64LittleEndian(sector[8..]) != 1
            || BinaryPrimitives.ReadUInt32LittleEndian(sector[24..]) != SectorSize)
            throw new InvalidDataException($"{path} isn't a log of blklogwrites with sectors of 512 bytes");
        long at = SectorSize;
        for (ulong i = 0; i < count; i++)
        {
            Read(at, sector);
            at += SectorSize;
            var flags = (LogFlags)BinaryPrimitives.ReadUInt64LittleEndian(sector[16..]);
            int sectors = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(sector[8..]));
            entries.Add(new LogEntry(BinaryPrimitives.ReadInt64LittleEndian(sector), sectors, flags, at));
            if ((flags & LogFlags.Discard) == 0)
                at += (long)sectors * SectorSize;
        }
    }

    public IReadOnlyList<LogEntry> Entries => entries;

    /// <summary>An entry's data.</summary>
    public byte[] Data(LogEntry entry)
    {
        byte[] data = new byte[entry.Sectors * SectorSize];
        Read(entry.DataAt, data);
        return data;
    }

    public void Dispose() => file.Dispose();

    private void Read(long offset, Span<byte> bytes)
    {
        if (RandomAccess.Read(file, bytes, offset) != bytes.Length)
            throw new EndOfStreamException($"The log ends at {offset}, in the middle of an entry");
    }
}
