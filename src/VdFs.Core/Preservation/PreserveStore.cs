using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VdFs.Core.Checksums;
using VdFs.Core.Durability;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Preservation;

/// <summary>
/// Pre-images of one image and generation: a sparse file in which each lies at the offset that it has in the image, and beside it a file
/// of <see cref="BlockSum"/>s. Order of a preservation: data, then sum; the change record's bit comes after both.
/// </summary>
/// <remarks>Safe from any thread; two writers of the same block are kept apart by the image's range locks.</remarks>
internal sealed class PreserveStore : IDisposable
{
    public const int HeaderSize = 512;
    public const int SumsOffset = 4096;

    private const uint Version = 1;
    private const int SumSize = sizeof(uint);

    /// <summary>Blocks whose sums are handled in one go.</summary>
    private const int SumsAtOnce = 512;

    private readonly IFile data;
    private readonly IFile sums;
    private readonly SharedSync dataSync;
    private readonly SharedSync sumsSync;

    /// <summary>A release and a writer who gives up may punch the same blocks: what one of them counted, the other doesn't. A leaf, that nobody who preserves takes.</summary>
    private readonly Lock punching = new();

    private volatile bool discarded;

    private PreserveStore(IFile data, IFile sums)
    {
        this.data = data;
        this.sums = sums;
        dataSync = new SharedSync(data);
        sumsSync = new SharedSync(sums);
    }

    private static ReadOnlySpan<byte> Magic => "VDFSPRE\n"u8;

    /// <summary>True once nothing can look in here any more: its files are gone or going.</summary>
    public bool Discarded => discarded;

    /// <summary>Creates the store on two new, empty files, which it owns from here on (also after an error).</summary>
    public static FsError Create(IFile data, IFile sums, ImageId image, long generation, out PreserveStore? store)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        WriteHeader(header, image, generation);
        FsError error = sums.Write(0, header, out _);
        store = error == FsError.None ? new PreserveStore(data, sums) : null;
        if (store is null)
        {
            data.Dispose();
            sums.Dispose();
        }
        return error;
    }

    /// <summary>Opens an existing store; <see cref="FsError.Io"/> if the sums are not those of this image and generation.</summary>
    public static FsError Load(IFile data, IFile sums, ImageId image, long generation, out PreserveStore? store)
    {
        Span<byte> expected = stackalloc byte[HeaderSize];
        Span<byte> found = stackalloc byte[HeaderSize];
        found.Clear();
        WriteHeader(expected, image, generation);
        FsError error = sums.Read(0, found, out _);
        if (error == FsError.None && !found.SequenceEqual(expected))
            error = FsError.Io;
        store = error == FsError.None ? new PreserveStore(data, sums) : null;
        if (store is null)
        {
            data.Dispose();
            sums.Dispose();
        }
        return error;
    }

    /// <summary>Keeps whole blocks, from block <paramref name="first"/> on; <paramref name="taken"/>: bytes of data that this took, zeros left out.</summary>
    public FsError Write(long first, ReadOnlySpan<byte> blocks, out long taken)
    {
        taken = 0;
        Span<uint> values = stackalloc uint[SumsAtOnce];
        FsError error = FsError.None;
        while (error == FsError.None && blocks.Length > 0)
        {
            int count = Math.Min(blocks.Length / Block.Size, SumsAtOnce);
            BlockSum.Of(blocks, values[..count]);
            error = WriteData(first, blocks, values[..count]);
            if (error == FsError.None)
                error = sums.Write(SumsOffset + (first * SumSize), MemoryMarshal.AsBytes(values[..count]), out _);
            first += count;
            taken += (count - values[..count].Count(BlockSum.Zeros)) * (long)Block.Size;
            blocks = blocks[(count * Block.Size)..];
        }
        return discarded ? FsError.None : error;
    }

    /// <summary>Keeps whole blocks that are all zeros.</summary>
    public FsError WriteZeros(long first, long count) => WriteSums(first, count, BlockSum.Zeros);

    /// <summary>
    /// Keeps whole blocks, with no hole among them, by sharing their extents with the image. <see cref="FsError.NotSupported"/> if that can't be, or would have to wait: then nothing is kept.
    /// </summary>
    public FsError Share(IFile image, long first, long count)
    {
        FsError error = data.ShareFrom(image, first << Block.Shift, count << Block.Shift);
        if (error == FsError.None)
            error = WriteSums(first, count, BlockSum.Shared);
        return discarded ? FsError.None : error;
    }

    /// <summary>Returns when what was kept before is on stable storage.</summary>
    public FsError Sync()
    {
        FsError error = dataSync.Wait();
        if (error == FsError.None)
            error = sumsSync.Wait();
        return discarded ? FsError.None : error;
    }

    /// <summary>
    /// Reads whole blocks back and checks each against its sum. <see cref="FsError.Io"/> if one was not kept or is not what was kept.
    /// </summary>
    public FsError Read(long first, Span<byte> blocks)
    {
        Span<uint> values = stackalloc uint[SumsAtOnce];
        while (blocks.Length > 0)
        {
            int count = Math.Min(blocks.Length / Block.Size, SumsAtOnce);
            Span<byte> part = blocks[..(count * Block.Size)];
            FsError error = ReadSums(first, values[..count]);
            if (error == FsError.None)
                error = ReadData(first, part, values[..count]);
            if (error != FsError.None)
                return error;
            first += count;
            blocks = blocks[part.Length..];
        }
        return FsError.None;
    }

    /// <summary>Whether a kept block is all zeros (<see cref="BlockSum.Zeros"/>), and for how many blocks up to <paramref name="last"/> that goes on.</summary>
    public FsError IsZeros(long first, long last, out bool zeros, out long run)
    {
        Span<uint> values = stackalloc uint[SumsAtOnce];
        int count = (int)Math.Min(last - first + 1, SumsAtOnce);
        FsError error = ReadSums(first, values[..count]);
        zeros = values[0] == BlockSum.Zeros;
        run = 1;
        while (run < count && (values[(int)run] == BlockSum.Zeros) == zeros)
            run++;
        return error;
    }

    /// <summary>
    /// Gives the room of blocks back that nothing can look into any more; <paramref name="freed"/>: bytes of data that their sums speak of. Counting by the file's holes would
    /// go through all that follows, once per run. The blocks are recorded, so nobody keeps anything of them any more: their sums change here alone.
    /// </summary>
    public FsError Punch(long first, long count, out long freed)
    {
        lock (punching)
            return PunchLocked(first, count, out freed);
    }

    private FsError PunchLocked(long first, long count, out long freed)
    {
        freed = 0;
        long kept = 0;
        FsError error = FsError.None;
        Span<uint> values = stackalloc uint[SumsAtOnce];
        for (long done = 0; error == FsError.None && done < count; done += SumsAtOnce)
        {
            Span<uint> part = values[..(int)Math.Min(SumsAtOnce, count - done)];
            error = ReadSums(first + done, part);
            kept += part.Length - part.Count(BlockSum.Zeros) - part.Count(BlockSum.None);
        }
        if (error != FsError.None || kept == 0)
            return error;
        error = data.PunchHole(first << Block.Shift, count << Block.Shift);
        if (error != FsError.None)
            return error == FsError.NotSupported ? FsError.None : error;
        // Data first: sums without data read as damage. Not counted a second time, should it be punched again.
        error = WriteSums(first, count, BlockSum.None);
        freed = error == FsError.None ? kept << Block.Shift : 0;
        return error;
    }

    /// <summary>Bytes of data in the store, to the granularity of the filesystem's holes.</summary>
    public long CountBytes()
    {
        long total = 0;
        long from = 0;
        while (data.SeekData(from, out long start) == FsError.None && data.SeekHole(start, out long end) == FsError.None)
        {
            total += end - start;
            from = end;
        }
        return total;
    }

    /// <summary>From here on, writes are of no interest and reads fail. Those under way end first.</summary>
    public void Discard()
    {
        discarded = true;
        Dispose();
    }

    public void Dispose()
    {
        data.Dispose();
        sums.Dispose();
    }

    private static void WriteHeader(Span<byte> header, ImageId image, long generation)
    {
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], image.Value);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], generation);
        BinaryPrimitives.WriteUInt32LittleEndian(header[(HeaderSize - 4)..], Crc32C.Compute(header[..(HeaderSize - 4)]));
    }

    private FsError WriteData(long first, ReadOnlySpan<byte> blocks, ReadOnlySpan<uint> values)
    {
        int start = 0;
        while (start < values.Length)
        {
            bool zeros = values[start] == BlockSum.Zeros;
            int end = start + 1;
            while (end < values.Length && (values[end] == BlockSum.Zeros) == zeros)
                end++;
            if (!zeros)
            {
                FsError error = data.Write((first + start) << Block.Shift, blocks[(start * Block.Size)..(end * Block.Size)], out _);
                if (error != FsError.None)
                    return error;
            }
            start = end;
        }
        return FsError.None;
    }

    private FsError WriteSums(long first, long count, uint value)
    {
        Span<uint> values = stackalloc uint[SumsAtOnce];
        values.Fill(value);
        FsError error = FsError.None;
        for (long done = 0; error == FsError.None && done < count; done += SumsAtOnce)
            error = sums.Write(SumsOffset + ((first + done) * SumSize), MemoryMarshal.AsBytes(values[..(int)Math.Min(SumsAtOnce, count - done)]), out _);
        return discarded ? FsError.None : error;
    }

    private FsError ReadSums(long first, Span<uint> values)
    {
        values.Clear();
        return sums.Read(SumsOffset + (first * SumSize), MemoryMarshal.AsBytes(values), out _);
    }

    private FsError ReadData(long first, Span<byte> blocks, ReadOnlySpan<uint> values)
    {
        if (values.Contains(BlockSum.None))
            return FsError.Io;
        if (!values.ContainsAnyExcept(BlockSum.Zeros))
        {
            blocks.Clear();
            return FsError.None;
        }
        FsError error = CheckShared(first, values);
        int read = 0;
        if (error == FsError.None)
            error = data.Read(first << Block.Shift, blocks, out read);
        if (error != FsError.None)
            return error;
        blocks[read..].Clear();
        Span<uint> found = stackalloc uint[SumsAtOnce];
        BlockSum.Of(blocks, found[..values.Length]);
        return BlockSum.Match(values, found[..values.Length]) ? FsError.None : FsError.Io;
    }

    /// <summary>Shared blocks have no sum, but they can't be holes: <see cref="FsError.Io"/> if one is.</summary>
    private FsError CheckShared(long first, ReadOnlySpan<uint> values)
    {
        int start = values.IndexOf(BlockSum.Shared);
        while (start >= 0)
        {
            int rest = values[start..].IndexOfAnyExcept(BlockSum.Shared);
            int end = rest < 0 ? values.Length : start + rest;
            FsError error = data.FindHole((first + start) << Block.Shift, (long)(end - start) << Block.Shift, out long hole);
            if (error is not (FsError.None or FsError.NotSupported))
                return error;
            if (error == FsError.None && hole < (first + end) << Block.Shift)
                return FsError.Io;
            int next = values[end..].IndexOf(BlockSum.Shared);
            start = next < 0 ? -1 : end + next;
        }
        return FsError.None;
    }
}
