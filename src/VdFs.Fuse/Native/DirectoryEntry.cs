using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace VdFs.Fuse.Native;

/// <summary>One struct linux_dirent64 in a buffer that getdents64(2) has filled.</summary>
internal readonly ref struct DirectoryEntry
{
    private const int NameOffset = 19;

    private readonly ReadOnlySpan<byte> bytes;

    /// <param name="bytes">Begins with the entry; may hold more.</param>
    public DirectoryEntry(ReadOnlySpan<byte> bytes) => this.bytes = bytes[..BinaryPrimitives.ReadUInt16LittleEndian(bytes[16..])];

    public ulong Inode => MemoryMarshal.Read<ulong>(bytes);

    /// <summary>Cookie of what follows.</summary>
    public ulong Next => MemoryMarshal.Read<ulong>(bytes[8..]);

    /// <summary>File type bits as in st_mode; 0 if the filesystem doesn't say.</summary>
    public uint Mode => (uint)bytes[18] << 12;

    /// <summary>Bytes in the buffer until the next entry.</summary>
    public int Size => bytes.Length;

    public ReadOnlySpan<byte> Name => bytes[NameOffset..(NameOffset + bytes[NameOffset..].IndexOf((byte)0))];

    public bool IsDots => Name.SequenceEqual("."u8) || Name.SequenceEqual(".."u8);
}
