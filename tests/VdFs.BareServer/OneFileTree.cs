using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;

namespace VdFs.BareServer;

/// <summary>
/// A root with one file, `image`, whose reads and writes go straight to a backing file: the least that a FUSE server can do, and so the
/// reference for what VdFs costs on top.
/// </summary>
public sealed unsafe partial class OneFileTree : UnsupportedTree
{
    private static readonly NodeId Image = new(2);
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(1);

    private readonly SafeFileHandle file;
    private readonly int descriptor;

    /// <param name="path">An existing regular file.</param>
    public OneFileTree(string path)
    {
        // Opened by hand: File.OpenHandle would take a lock on it.
        fixed (byte* bytes = System.Text.Encoding.UTF8.GetBytes(path + '\0'))
            descriptor = OpenFile(bytes, 0x80002, 0);
        if (descriptor < 0)
            throw new System.IO.IOException($"{path} can't be opened (errno {Marshal.GetLastSystemError()}).");
        file = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    protected override void Dispose(bool disposing)
    {
        file.Dispose();
        base.Dispose(disposing);
    }

    public override FsError Lookup(OperationContext context, NodeId parent, ReadOnlySpan<byte> name, out Entry entry)
    {
        entry = default;
        if (parent != NodeId.Root || !name.SequenceEqual("image"u8))
            return FsError.NotFound;
        entry = new Entry { Node = Image, Attributes = Attributes(Image), Inode = 2, EntryValid = Remembered, AttributesValid = Remembered };
        return FsError.None;
    }

    public override FsError GetAttributes(OperationContext context, NodeId node, ulong? handle, out FileAttributes attributes, out ulong inode, out TimeSpan valid)
    {
        attributes = Attributes(node);
        inode = node.Value;
        valid = Remembered;
        return FsError.None;
    }

    public override FsError SetAttributes(OperationContext context, NodeId node, in AttributeChange change, out FileAttributes attributes, out ulong inode, out TimeSpan valid) =>
        GetAttributes(context, node, null, out attributes, out inode, out valid);

    public override FsError Open(OperationContext context, NodeId node, OpenIntent intent, out OpenResult result)
    {
        result = new OpenResult { Handle = 1, Direct = true };
        return FsError.None;
    }

    public override FsError OpenDirectory(OperationContext context, NodeId node, out OpenResult result)
    {
        result = default;
        return FsError.None;
    }

    public override FsError ReadDirectory(OperationContext context, NodeId node, ulong handle, ulong offset, bool plus, IDirectorySink sink)
    {
        if (offset == 0 && sink.Fits(5))
            sink.Add("image"u8, 2, FileAttributes.TypeRegular, 1);
        return FsError.None;
    }

    public override FsError Read(OperationContext context, NodeId node, ulong handle, long offset, Span<byte> buffer, out int read)
    {
        nint result;
        fixed (byte* start = buffer)
            result = ReadAt(descriptor, start, (nuint)buffer.Length, offset);
        read = (int)result;
        return result >= 0 ? FsError.None : Errno.ToError(Marshal.GetLastSystemError());
    }

    public override FsError Write(OperationContext context, NodeId node, ulong handle, long offset, ReadOnlySpan<byte> data, WriteDurability durability, bool killPrivileges, out int written)
    {
        nint result;
        fixed (byte* start = data)
            result = WriteAt(descriptor, start, (nuint)data.Length, offset);
        written = (int)result;
        return result >= 0 ? FsError.None : Errno.ToError(Marshal.GetLastSystemError());
    }

    private FileAttributes Attributes(NodeId node)
    {
        if (node == NodeId.Root)
            return new FileAttributes { Mode = FileAttributes.TypeDirectory | 0x1FF, Links = 2, BlockSize = 4096 };
        long length = System.IO.RandomAccess.GetLength(file);
        return new FileAttributes { Mode = FileAttributes.TypeRegular | 0x1B6, Links = 1, Size = length, Blocks = length / 512, BlockSize = 4096 };
    }

    [LibraryImport("libc", EntryPoint = "open")]
    private static partial int OpenFile(byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "pread")]
    private static partial nint ReadAt(int descriptor, byte* buffer, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite")]
    private static partial nint WriteAt(int descriptor, byte* buffer, nuint length, long offset);
}
