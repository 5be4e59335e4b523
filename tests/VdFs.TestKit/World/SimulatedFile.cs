using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.TestKit.World;

/// <summary>One open of a simulated file. Dead with the life that opened it.</summary>
public sealed class SimulatedFile(SimulatedMachine machine, SimulatedInode inode, SimulatedNode? node = null) : IBackingFile
{
    private readonly int life = machine.Life;
    private readonly FileKind kind = inode.Kind;
    private bool disposed;

    public SimulatedInode Inode => inode;

    /// <summary>The image's node, for a file of the tree.</summary>
    public SimulatedNode? Node => node;

    public FsError Read(long offset, Span<byte> buffer, out int read)
    {
        read = 0;
        FsError error = Begin(kind.Read, out CallFate fate);
        if (error != FsError.None)
            return error;
        read = inode.Cache.Read(offset, buffer);
        machine.End(kind.Read, fate);
        return FsError.None;
    }

    public FsError Write(long offset, ReadOnlySpan<byte> data, out int written) => Write(offset, data, WriteDurability.None, out written);

    public FsError Write(long offset, ReadOnlySpan<byte> data, WriteDurability durability, out int written)
    {
        written = 0;
        FsError error = Begin(kind.Write, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (machine.Mutation.Alters(kind.Write, offset, data) is { } altered)
            data = altered;
        if (fate == CallFate.Dropped || Delayed(offset, data))
        {
            written = data.Length;
        }
        else
        {
            if (fate == CallFate.PartThenDeath)
                data = data[..(int)Math.Clamp(((offset + (data.Length / 2)) & ~(Pages.Sector - 1L)) - offset, 0, data.Length)];
            written = inode.Write(offset, data);
            node?.Touch(machine.Tick());
            if (written < data.Length)
                return machine.Fail(kind.Write, FsError.NoSpace);
            if (durability != WriteDurability.None && fate != CallFate.PartThenDeath)
                inode.Sync();
        }
        machine.End(kind.Write, fate);
        return FsError.None;
    }

    public FsError Sync(bool dataOnly)
    {
        FsError error = Begin(kind.Sync, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (fate is CallFate.Whole or CallFate.WholeThenDeath && !machine.Delays(kind.Sync, () => inode.Sync))
            inode.Sync();
        machine.End(kind.Sync, fate);
        return FsError.None;
    }

    public FsError GetLength(out long length)
    {
        length = inode.Cache.Length;
        FsError error = Begin(kind.Length, out CallFate fate);
        if (error != FsError.None)
            return error;
        // Whoever came in between may have changed it.
        length = inode.Cache.Length;
        machine.End(kind.Length, fate);
        return FsError.None;
    }

    public FsError SetLength(long length)
    {
        FsError error = Begin(kind.Resize, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (fate is CallFate.Whole or CallFate.WholeThenDeath)
        {
            inode.Resize(length);
            node?.Touch(machine.Tick());
        }
        machine.End(kind.Resize, fate);
        return FsError.None;
    }

    public FsError PunchHole(long offset, long length) => Allocate(AllocateMode.PunchHole | AllocateMode.KeepSize, offset, length);

    public FsError Allocate(AllocateMode mode, long offset, long length)
    {
        FsError error = Begin(kind.Punch, out CallFate fate);
        if (error != FsError.None)
            return error;
        (offset, length) = machine.Mutation.AltersPunch(kind.Punch, offset, length);
        if (fate is CallFate.Whole or CallFate.WholeThenDeath)
        {
            if ((mode & (AllocateMode.PunchHole | AllocateMode.ZeroRange)) != 0)
                inode.Clear(offset, offset + length);
            if ((mode & AllocateMode.KeepSize) == 0 && offset + length > inode.Cache.Length)
                inode.Resize(offset + length);
            node?.Touch(machine.Tick());
        }
        machine.End(kind.Punch, fate);
        return FsError.None;
    }

    public FsError ShareFrom(IFile source, long offset, long length)
    {
        if (!machine.SharesExtents)
            return FsError.NotSupported;
        FsError error = Begin(kind.Share, out CallFate fate);
        if (error != FsError.None)
            return error;
        byte[] buffer = new byte[length];
        int read = ((SimulatedFile)source).Inode.Cache.Read(offset, buffer);
        if (read < length)
            return machine.Fail(kind.Share, FsError.NotSupported);
        if (fate is CallFate.Whole or CallFate.WholeThenDeath)
        {
            // All of it or nothing; the filesystem has room for extents, if not for more.
            if (inode.Write(offset, buffer) < length)
                return machine.Fail(kind.Share, FsError.NoSpace);
            node?.Touch(machine.Tick());
        }
        machine.End(kind.Share, fate);
        return FsError.None;
    }

    public FsError SeekData(long offset, out long data)
    {
        data = offset;
        FsError error = Begin(kind.Seek, out CallFate fate);
        if (error != FsError.None)
            return error;
        data = inode.Cache.NextData(offset);
        machine.End(kind.Seek, fate);
        return data < 0 ? FsError.NoSuchAddress : FsError.None;
    }

    public FsError SeekHole(long offset, out long hole)
    {
        hole = offset;
        FsError error = Begin(kind.Seek, out CallFate fate);
        if (error != FsError.None)
            return error;
        hole = inode.Cache.NextHole(offset);
        machine.End(kind.Seek, fate);
        return offset >= inode.Cache.Length ? FsError.NoSuchAddress : FsError.None;
    }

    public FsError CopyFrom(IBackingFile source, long sourceOffset, long offset, long length, out long copied)
    {
        copied = 0;
        FsError error = Begin(kind.Copy, out CallFate fate);
        if (error != FsError.None)
            return error;
        byte[] buffer = new byte[length];
        int read = ((SimulatedFile)source).Inode.Cache.Read(sourceOffset, buffer);
        if (fate == CallFate.PartThenDeath)
            read = Math.Min(read, (int)((((offset + (read / 2)) & ~(Pages.Sector - 1L)) - offset) is var part && part < 0 ? 0 : part));
        copied = fate == CallFate.Dropped ? read : inode.Write(offset, buffer.AsSpan(0, read));
        node?.Touch(machine.Tick());
        if (copied == 0 && read > 0 && fate == CallFate.Whole)
            return machine.Fail(kind.Copy, FsError.NoSpace);
        machine.End(kind.Copy, fate);
        return FsError.None;
    }

    public FsError GetAttributes(out FileAttributes attributes)
    {
        attributes = node?.Attributes ?? default;
        FsError error = Begin(kind.Attributes, out CallFate fate);
        if (error == FsError.None)
            machine.End(kind.Attributes, fate);
        return error;
    }

    public void Dispose() => disposed = true;

    private FsError Begin(string call, out CallFate fate)
    {
        FsError error = machine.Begin(call, life, out fate);
        return disposed ? FsError.BadHandle : error;
    }

    private bool Delayed(long offset, ReadOnlySpan<byte> data)
    {
        if (machine.Mutation.DelaysUntil(kind.Write) is null)
            return false;
        byte[] copy = data.ToArray();
        return machine.Delays(kind.Write, () => () => inode.Write(offset, copy));
    }
}
