using System.IO;
using VdFs.Core.Checksums;
using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Core.Snapshots;

/// <summary>
/// The record that makes a cut: written while the gate is closed, by one positional write. A pending cut of the catalog with its record here
/// is complete; without, it never was. One record is enough: the next cut begins when this one is in the catalog.
/// </summary>
internal sealed class CutLog : IDisposable
{
    private const uint Magic = 0x54554356; // "VCUT"
    private const uint Version = 1;

    private readonly IFile file;

    private CutLog(IFile file) => this.file = file;

    public static FsError Open(IStorage state, out CutLog? log)
    {
        FsError error = state.Open(Images.StatePaths.CutLog, StorageOpen.OpenOrCreate, out IFile? file);
        log = error == FsError.None ? new CutLog(file!) : null;
        return error;
    }

    public FsError Write(CutRecord record)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(record.Number);
        writer.Write(record.Time.ToUnixTimeMilliseconds());
        writer.Write(record.CutId);
        writer.Write(record.Edits.Length);
        writer.Write(record.Edits);
        writer.Flush();
        writer.Write(Crc32C.Compute(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        writer.Flush();
        return file.Write(0, stream.GetBuffer().AsSpan(0, (int)stream.Length), out _);
    }

    /// <summary>The last record, or null if there is none that is whole.</summary>
    public CutRecord? Read() => Read(file);

    /// <summary>What is wrong with a cut log; empty: it holds a record, or none on purpose.</summary>
    public static string Check(IFile file)
    {
        Span<byte> start = stackalloc byte[8];
        start.Clear();
        FsError error = file.Read(0, start, out int read);
        if (error != FsError.None)
            return $"it can't be read ({error})";
        if (read == 0 || (read == start.Length && BitConverter.ToUInt64(start) == 0) || Read(file) is not null)
            return "";
        if (read < start.Length || BitConverter.ToUInt32(start) != Magic)
            return "it is not a cut log";
        uint version = BitConverter.ToUInt32(start[4..]);
        return version == Version ? "its record is damaged (checksum)" : $"its format version is {version}, this build knows {Version}";
    }

    private static CutRecord? Read(IFile file)
    {
        if (file.GetLength(out long length) != FsError.None || length is < 48 or > int.MaxValue)
            return null;
        byte[] bytes = new byte[length];
        if (file.Read(0, bytes, out int read) != FsError.None || read != length)
            return null;
        using var reader = new BinaryReader(new MemoryStream(bytes));
        if (reader.ReadUInt32() != Magic || reader.ReadUInt32() != Version)
            return null;
        long number = reader.ReadInt64();
        DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(reader.ReadInt64(), 0, 253402300799999));
        byte[] id = reader.ReadBytes(16);
        int size = reader.ReadInt32();
        if (size < 0 || size > length - 48)
            return null;
        byte[] edits = reader.ReadBytes(size);
        uint sum = reader.ReadUInt32();
        return sum == Crc32C.Compute(bytes.AsSpan(0, 44 + size)) ? new CutRecord(number, id, time, edits) : null;
    }

    /// <summary>Takes the record back, on stable storage: the cut failed after it, and whoever asked for it is told so.</summary>
    public FsError Erase()
    {
        Span<byte> nothing = stackalloc byte[48];
        nothing.Clear();
        FsError error = file.Write(0, nothing, out _);
        return error == FsError.None ? file.Sync(dataOnly: true) : error;
    }

    public void Dispose() => file.Dispose();
}

/// <summary>What makes a cut: number, id, instant, and what its file list has to be changed by (as bytes of <see cref="FileListFormat"/>).</summary>
internal sealed record CutRecord(long Number, byte[] CutId, DateTimeOffset Time, byte[] Edits);
