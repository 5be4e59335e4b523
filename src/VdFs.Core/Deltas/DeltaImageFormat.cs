using System.IO;
using VdFs.Core.Checksums;
using VdFs.Core.Images;
using VdFs.Core.Qcow2;

namespace VdFs.Core.Deltas;

/// <summary>A <see cref="DeltaImage"/> as bytes (docs/format.md): little endian, versioned, closed by a CRC-32C over all that stands before it.</summary>
internal static class DeltaImageFormat
{
    private const uint Magic = 0x59414C56; // "VLAY"
    private const uint Version = 1;

    /// <summary>Longer than any that is written: runs of a file of this length would not fit memory.</summary>
    public const long MaxLength = int.MaxValue;

    public static byte[] Write(DeltaImage image, Delta delta)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Magic);
        writer.Write(Version);
        WriteKey(writer, image.Index, image.Image, delta);
        writer.Write(image.Size);
        writer.Write(image.Layout.ClusterBits);
        writer.Write(image.Full);
        WriteBytes(writer, System.Text.Encoding.UTF8.GetBytes(image.Reason));
        WriteBytes(writer, image.FormerPath);
        WriteBytes(writer, image.Backing);
        ClusterRun[] runs = [.. image.Layout.Runs];
        writer.Write(runs.Length);
        long end = 0;
        foreach (ClusterRun run in runs)
        {
            writer.Write7BitEncodedInt64(run.First - end);
            writer.Write7BitEncodedInt64((run.Count << 2) | (uint)run.Kind);
            end = run.End;
        }
        writer.Flush();
        writer.Write(Crc32C.Compute(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        writer.Flush();
        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">Damaged, of another version, or not of this image in this delta.</exception>
    public static DeltaImage Read(byte[] bytes, int index, ImageId image, Delta delta)
    {
        try
        {
            using BinaryReader reader = Open(bytes);
            byte[] expected = Key(index, image, delta);
            if (!reader.ReadBytes(expected.Length).AsSpan().SequenceEqual(expected))
                throw new InvalidDataException("a delta's layout is that of another image or delta");
            long size = reader.ReadInt64();
            int clusterBits = reader.ReadInt32();
            bool full = reader.ReadBoolean();
            string reason = System.Text.Encoding.UTF8.GetString(ReadBytes(reader) ?? []);
            byte[]? formerPath = ReadBytes(reader);
            byte[]? backing = ReadBytes(reader);
            return new DeltaImage(index, image, size, reason, formerPath, backing, full, clusterBits, ReadRuns(reader));
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or OverflowException or ArgumentException or Qcow2Exception)
        {
            throw new InvalidDataException($"a delta's layout is damaged ({e.Message})", e);
        }
    }

    /// <summary>Says what is wrong with a file that should be a layout; empty: nothing.</summary>
    public static string Check(byte[] bytes)
    {
        try
        {
            Open(bytes).Dispose();
            return "";
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
    }

    private static ClusterRun[] ReadRuns(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        // At least two bytes each: a count that makes no sense takes no memory.
        if (count < 0 || count > (reader.BaseStream.Length - reader.BaseStream.Position) / 2)
            throw new InvalidDataException("a delta's layout is damaged (runs)");
        var runs = new ClusterRun[count];
        long end = 0;
        for (int i = 0; i < count; i++)
        {
            long first = end + reader.Read7BitEncodedInt64();
            long counted = reader.Read7BitEncodedInt64();
            runs[i] = new ClusterRun(first, counted >> 2, (ClusterKind)(counted & 3));
            if (first < end || runs[i].Count <= 0 || runs[i].Kind is not (ClusterKind.Data or ClusterKind.Zero) || runs[i].End < first)
                throw new InvalidDataException("a delta's layout is damaged (runs)");
            end = runs[i].End;
        }
        return runs;
    }

    private static BinaryReader Open(byte[] bytes)
    {
        if (bytes.Length < 16 || Crc32C.Compute(bytes.AsSpan(0, bytes.Length - 4)) != BitConverter.ToUInt32(bytes, bytes.Length - 4))
            throw new InvalidDataException("a delta's layout is damaged (checksum)");
        var reader = new BinaryReader(new MemoryStream(bytes, 0, bytes.Length - 4));
        if (reader.ReadUInt32() != Magic)
            throw new InvalidDataException("expected a delta's layout, found something else");
        uint version = reader.ReadUInt32();
        return version == Version ? reader : throw new InvalidDataException($"a delta's layout has format version {version}, this build knows {Version}");
    }

    /// <summary>What ties a layout to its image and its cuts, whatever numbers come to mean after the catalog was replaced.</summary>
    private static byte[] Key(int index, ImageId image, Delta delta)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        WriteKey(writer, index, image, delta);
        writer.Flush();
        return stream.ToArray();
    }

    private static void WriteKey(BinaryWriter writer, int index, ImageId image, Delta delta)
    {
        writer.Write(delta.Number);
        WriteBytes(writer, delta.OlderId);
        WriteBytes(writer, delta.Newer.CutId);
        writer.Write(index);
        writer.Write(image.Value);
    }

    private static void WriteBytes(BinaryWriter writer, byte[]? bytes)
    {
        writer.Write(bytes?.Length ?? -1);
        writer.Write(bytes ?? []);
    }

    private static byte[]? ReadBytes(BinaryReader reader)
    {
        int length = reader.ReadInt32();
        if (length == -1)
            return null;
        byte[] bytes = reader.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new EndOfStreamException();
    }
}
