using System.IO;
using VdFs.Core.Checksums;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Core.Snapshots;

/// <summary>File lists as bytes (docs/format.md): little endian, versioned, closed by a CRC-32C over all that stands before it.</summary>
internal static class FileListFormat
{
    private const uint Version = 1;
    private const uint ListMagic = 0x54534C56; // "VLST"

    public static byte[] Write(FileList list) => Sealed(writer =>
    {
        writer.Write(list.Count);
        foreach (FileListEntry entry in list.Entries)
        {
            writer.Write(entry.Parent);
            WriteEntry(writer, entry.Name, entry.Attributes, entry.Image, entry.SymlinkTarget, entry.ExtendedAttributes);
        }
    });

    /// <exception cref="InvalidDataException">The bytes are not a file list of this version, or are damaged.</exception>
    public static FileList ReadList(byte[] bytes) => Guard(() => ReadListUnguarded(bytes));

    private static FileList ReadListUnguarded(byte[] bytes)
    {
        using BinaryReader reader = Open(bytes);
        var entries = new FileListEntry[reader.ReadInt32()];
        for (int i = 0; i < entries.Length; i++)
        {
            int parent = reader.ReadInt32();
            (TreeEntry entry, ImageId image) = ReadEntry(reader);
            if (parent < 0 || (parent >= i && i > 0))
                throw new InvalidDataException("a file list names a folder that comes after what is in it");
            entries[i] = new FileListEntry
            {
                Index = i,
                Parent = parent,
                Name = entry.Name,
                Attributes = entry.Attributes,
                Image = image,
                SymlinkTarget = entry.SymlinkTarget,
                ExtendedAttributes = entry.ExtendedAttributes,
            };
        }
        return entries.Length != 0 ? new FileList(entries) : throw new InvalidDataException("a file list has no root");
    }

    private static byte[] Sealed(Action<BinaryWriter> content)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(ListMagic);
        writer.Write(Version);
        content(writer);
        writer.Flush();
        writer.Write(Crc32C.Compute(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>What has a fitting sum and still makes no sense was made so by somebody: an answer too, and no crash.</summary>
    private static FileList Guard(Func<FileList> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is EndOfStreamException or OverflowException or ArgumentException)
        {
            throw new InvalidDataException($"a file list is damaged ({e.Message})", e);
        }
    }

    private static BinaryReader Open(byte[] bytes)
    {
        if (bytes.Length < 16 || Crc32C.Compute(bytes.AsSpan(0, bytes.Length - 4)) != BitConverter.ToUInt32(bytes, bytes.Length - 4))
            throw new InvalidDataException("a file list is damaged (checksum)");
        var reader = new BinaryReader(new MemoryStream(bytes, 0, bytes.Length - 4));
        if (reader.ReadUInt32() != ListMagic)
            throw new InvalidDataException("expected a file list, found something else");
        uint version = reader.ReadUInt32();
        return version == Version ? reader : throw new InvalidDataException($"a file list has format version {version}, this build knows {Version}");
    }

    private static void WriteEntry(
        BinaryWriter writer, byte[] name, in FileAttributes attributes, ImageId image, byte[]? target, IReadOnlyList<(byte[] Name, byte[] Value)>? extended)
    {
        WriteBytes(writer, name);
        writer.Write(attributes.Key.Device);
        writer.Write(attributes.Key.Inode);
        writer.Write(attributes.Size);
        writer.Write(attributes.Blocks);
        WriteTime(writer, attributes.AccessTime);
        WriteTime(writer, attributes.ModifyTime);
        WriteTime(writer, attributes.ChangeTime);
        WriteTime(writer, attributes.BirthTime);
        writer.Write(attributes.Mode);
        writer.Write(attributes.Links);
        writer.Write(attributes.Uid);
        writer.Write(attributes.Gid);
        writer.Write(attributes.RawDevice);
        writer.Write(attributes.BlockSize);
        writer.Write(image.Value);
        WriteBytes(writer, target ?? []);
        writer.Write(extended?.Count ?? 0);
        foreach ((byte[] key, byte[] value) in extended ?? [])
        {
            WriteBytes(writer, key);
            WriteBytes(writer, value);
        }
    }

    private static (TreeEntry Entry, ImageId Image) ReadEntry(BinaryReader reader)
    {
        byte[] name = ReadBytes(reader);
        var attributes = new FileAttributes
        {
            Key = new FileKey(reader.ReadUInt64(), reader.ReadUInt64()),
            Size = reader.ReadInt64(),
            Blocks = reader.ReadInt64(),
            AccessTime = ReadTime(reader),
            ModifyTime = ReadTime(reader),
            ChangeTime = ReadTime(reader),
            BirthTime = ReadTime(reader),
            Mode = reader.ReadUInt32(),
            Links = reader.ReadUInt32(),
            Uid = reader.ReadUInt32(),
            Gid = reader.ReadUInt32(),
            RawDevice = reader.ReadUInt32(),
            BlockSize = reader.ReadUInt32(),
        };
        var image = new ImageId(reader.ReadUInt64());
        byte[] target = ReadBytes(reader);
        var extended = new (byte[], byte[])[reader.ReadInt32()];
        for (int i = 0; i < extended.Length; i++)
            extended[i] = (ReadBytes(reader), ReadBytes(reader));
        var entry = new TreeEntry
        {
            Name = name,
            Attributes = attributes,
            SymlinkTarget = attributes.IsSymlink ? target : null,
            ExtendedAttributes = extended.Length == 0 ? null : extended,
        };
        return (entry, image);
    }

    private static void WriteTime(BinaryWriter writer, TimeSpec time)
    {
        writer.Write(time.Seconds);
        writer.Write(time.Nanoseconds);
    }

    private static TimeSpec ReadTime(BinaryReader reader) => new(reader.ReadInt64(), reader.ReadUInt32());

    private static void WriteBytes(BinaryWriter writer, byte[] bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader)
    {
        int length = reader.ReadInt32();
        byte[] bytes = reader.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new EndOfStreamException();
    }
}
