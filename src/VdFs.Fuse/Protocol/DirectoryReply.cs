using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Protocol;

/// <summary>Lays directory entries out in an answer's memory (struct fuse_dirent, fuse_direntplus; each padded to 8 bytes).</summary>
internal sealed unsafe class DirectoryReply : IDirectorySink
{
    private byte* buffer;
    private int capacity;
    private bool plus;

    /// <summary>Bytes laid out so far.</summary>
    public int Length { get; private set; }

    public void Begin(Span<byte> target, bool withEntries)
    {
        buffer = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(target));
        capacity = target.Length;
        plus = withEntries;
        Length = 0;
    }

    public bool Fits(int nameLength) => Length + RecordSize(nameLength) <= capacity;

    public void Add(ReadOnlySpan<byte> name, ulong inode, uint mode, ulong next)
    {
        if (plus)
            AddPlus(name, inode, mode, next, default);
        else
            Append(name, new FuseDirent { Ino = inode, Off = next, Namelen = (uint)name.Length, Type = (mode >> 12) & 15 });
    }

    public void AddPlus(ReadOnlySpan<byte> name, ulong inode, uint mode, ulong next, in Entry entry)
    {
        var dirent = new FuseDirent { Ino = inode, Off = next, Namelen = (uint)name.Length, Type = (mode >> 12) & 15 };
        if (plus)
            Append(name, new FuseDirentplus { EntryOut = entry.Node.Value == 0 ? default : Layout.EntryOut(entry), Dirent = dirent });
        else
            throw new InvalidOperationException("looked-up entries for a listing that didn't ask for them");
    }

    private int RecordSize(int nameLength) => ((plus ? sizeof(FuseDirentplus) : sizeof(FuseDirent)) + nameLength + 7) & ~7;

    private void Append<T>(ReadOnlySpan<byte> name, in T record)
        where T : unmanaged
    {
        if (!Fits(name.Length))
            throw new InvalidOperationException("a directory entry was added without asking whether it fits");
        int size = RecordSize(name.Length);
        byte* target = buffer + Length;
        Unsafe.WriteUnaligned(target, record);
        name.CopyTo(new Span<byte>(target + sizeof(T), name.Length));
        new Span<byte>(target + sizeof(T) + name.Length, size - sizeof(T) - name.Length).Clear();
        Length += size;
    }
}
