using System.Buffers.Binary;
using VdFs.Core.Checksums;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;

namespace VdFs.Core.Space;

/// <summary>
/// What can be said of an image that has no change record in a generation, as there is no room for one: that all of it changed, and that its held snapshots are lost. The
/// file `unrecorded` of the state directory, whose room is taken when it is made.
/// </summary>
/// <remarks>
/// What must hold: the note is on file before the image changes, and stays until the generation is forgotten. A note that can't be read makes no image believed. Safe from any thread.
/// </remarks>
internal sealed class UnrecordedTable : IDisposable
{
    public const int Slots = 4096;

    /// <summary>A part of a sector: written whole or not at all.</summary>
    public const int SlotSize = 32;

    private readonly IFile file;

    /// <summary>Guards the fields below and the file. A leaf.</summary>
    private readonly Lock use = new();
    private readonly Dictionary<(ImageId Image, long Generation), int> notes = [];
    private readonly Stack<int> free = new();

    private UnrecordedTable(IFile file) => this.file = file;

    /// <summary>Notes that are there but can't be read.</summary>
    public int Damaged { get; private set; }

    public IReadOnlyList<(ImageId Image, long Generation)> Notes
    {
        get
        {
            lock (use)
                return [.. notes.Keys];
        }
    }

    public static FsError Open(IStorage state, out UnrecordedTable? table)
    {
        table = null;
        FsError error = state.Open(StatePaths.Unrecorded, StorageOpen.OpenOrCreate, out IFile? file);
        if (error != FsError.None)
            return error;
        byte[] content = new byte[Slots * SlotSize];
        error = file!.Read(0, content, out int read);
        // Written, not only made longer: a hole would have no room when it is needed. What can't be had now is missing then, and nothing worse.
        if (error == FsError.None && read < content.Length)
            _ = file.Write(read, content.AsSpan(read), out _);
        if (error != FsError.None)
        {
            file.Dispose();
            return error;
        }
        table = new UnrecordedTable(file);
        table.Parse(content);
        return FsError.None;
    }

    /// <summary>Says it; <paramref name="durable"/>: on stable storage. Idempotent.</summary>
    public FsError Note(ImageId image, long generation, bool durable)
    {
        lock (use)
        {
            if (notes.ContainsKey((image, generation)))
                return FsError.None;
            if (!free.TryPeek(out int slot))
                return FsError.NoSpace;
            Span<byte> bytes = stackalloc byte[SlotSize];
            Lay(bytes, image, generation);
            FsError error = file.Write((long)slot * SlotSize, bytes, out _);
            if (error == FsError.None && durable)
                error = file.Sync(dataOnly: true);
            if (error != FsError.None)
                return error;
            _ = free.Pop();
            notes.Add((image, generation), slot);
            return FsError.None;
        }
    }

    /// <summary>The generation is forgotten. A note that stays after an error says too much, of an image that has no such generation.</summary>
    public void Forget(ImageId image, long generation)
    {
        lock (use)
        {
            if (!notes.Remove((image, generation), out int slot))
                return;
            Span<byte> bytes = stackalloc byte[SlotSize];
            bytes.Clear();
            if (file.Write((long)slot * SlotSize, bytes, out _) == FsError.None)
                free.Push(slot);
        }
    }

    /// <summary>After what can't be read was answered for: those slots are free again.</summary>
    public void ForgetDamaged()
    {
        lock (use)
        {
            var taken = notes.Values.Concat(free).ToHashSet();
            Span<byte> bytes = stackalloc byte[SlotSize];
            bytes.Clear();
            for (int slot = 0; slot < Slots && Damaged != 0; slot++)
            {
                if (!taken.Contains(slot) && file.Write((long)slot * SlotSize, bytes, out _) == FsError.None)
                    free.Push(slot);
            }
            Damaged = 0;
        }
    }

    public void Dispose() => file.Dispose();

    private void Parse(ReadOnlySpan<byte> content)
    {
        Span<byte> expected = stackalloc byte[SlotSize];
        for (int slot = Slots - 1; slot >= 0; slot--)
        {
            ReadOnlySpan<byte> bytes = content.Slice(slot * SlotSize, SlotSize);
            if (!bytes.ContainsAnyExcept((byte)0))
            {
                free.Push(slot);
                continue;
            }
            var image = new ImageId(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            long generation = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
            Lay(expected, image, generation);
            if (!bytes.SequenceEqual(expected))
                Damaged++;
            else
                notes[(image, generation)] = slot;
        }
    }

    private static void Lay(Span<byte> bytes, ImageId image, long generation)
    {
        bytes.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, image.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], generation);
        "ALL\n"u8.CopyTo(bytes[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[(SlotSize - 4)..], Crc32C.Compute(bytes[..(SlotSize - 4)]));
    }
}
