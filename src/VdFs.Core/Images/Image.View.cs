using VdFs.Core.Errors;
using VdFs.Core.Preservation;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Images;

/// <summary>An image as it was at a cut: from the first store since then that has the block, else from the image itself.</summary>
public sealed partial class Image
{
    /// <summary>
    /// Reads what the image held at a cut. <paramref name="size"/> is its size then; <paramref name="file"/> the image as it is now.
    /// <see cref="FsError.Io"/> if a block can't be served exactly. Whether the snapshot is still held is for the caller to check, after this.
    /// </summary>
    public FsError ReadView(Worker worker, long cut, long size, IFile file, long offset, Span<byte> buffer, out int read)
    {
        read = 0;
        if (offset >= size)
            return FsError.None;
        if (buffer.Length > size - offset)
            buffer = buffer[..(int)(size - offset)];
        int done = 0;
        while (done < buffer.Length)
        {
            long position = offset + done;
            long first = Block.Of(position);
            long last = Block.Of(offset + buffer.Length - 1);
            ImageGeneration? source = FirstWith(generations, cut, long.MaxValue, first, last, out long run);
            int length = (int)Math.Min(((first + run) << Block.Shift) - position, buffer.Length - done);
            Span<byte> part = buffer.Slice(done, length);
            FsError error = source is not null
                ? ReadStore(worker, cut, source, position, part)
                : ReadUnchanged(worker, cut, file, position, part);
            if (error != FsError.None)
                return error;
            done += length;
        }
        read = done;
        return FsError.None;
    }

    /// <summary>SEEK_DATA or SEEK_HOLE in the image as it was at a cut. <see cref="FsError.NoSuchAddress"/> past its end or if no data follows.</summary>
    public FsError SeekView(long cut, long size, IFile file, long offset, bool hole, out long result)
    {
        result = 0;
        if (offset < 0 || offset >= size)
            return FsError.NoSuchAddress;
        // Who looks for data needn't know where it ends.
        var holes = new HoleCursor(file, near: !hole);
        long position = offset;
        while (position < size)
        {
            FsError error = ViewRun(cut, size, holes, position, out bool isHole, out long end);
            if (error != FsError.None)
                return error;
            if (isHole == hole)
            {
                result = position;
                return FsError.None;
            }
            position = end;
        }
        result = size;
        return hole ? FsError.None : FsError.NoSuchAddress;
    }

    /// <summary>Whether the view has a hole at a position, and up to where that is known to go on.</summary>
    private FsError ViewRun(long cut, long size, HoleCursor holes, long position, out bool isHole, out long end)
    {
        long first = Block.Of(position);
        long last = Block.Count(size) - 1;
        ImageGeneration? source = FirstWith(generations, cut, long.MaxValue, first, last, out long run);
        isHole = false;
        if (source is not null)
        {
            FsError error = source.FindStore(out PreserveStore? store);
            if (error == FsError.None)
                error = store!.IsZeros(first, first + run - 1, out isHole, out run);
            else if (!error.IsWant())
                host.CannotServe(this, cut, source.Number, first);
            end = Math.Min((first + run) << Block.Shift, size);
            return error;
        }
        end = Math.Min((first + run) << Block.Shift, size);
        FsError seek = holes.Look(position, out isHole, out long next);
        if (seek != FsError.None)
            return seek;
        end = Math.Min(next, end);
        // A writer may have come between: then what was seen is the image's present, and only up to the first block that it touched is it the past.
        if (FirstWith(generations, cut, long.MaxValue, first, Block.Of(end - 1), out long still) is not null)
            return ViewRun(cut, size, holes, position, out isHole, out end);
        end = Math.Min((first + still) << Block.Shift, end);
        return FsError.None;
    }

    /// <summary>Reads the image itself, then looks again: what a writer recorded meanwhile comes from a store after all.</summary>
    private FsError ReadUnchanged(Worker worker, long cut, IFile file, long position, Span<byte> buffer)
    {
        FsError error = file.Read(position, buffer, out int read);
        if (error != FsError.None)
            return error;
        buffer[read..].Clear();
        long end = position + buffer.Length;
        long at = position;
        while (at < end)
        {
            long first = Block.Of(at);
            ImageGeneration? source = FirstWith(generations, cut, long.MaxValue, first, Block.Of(end - 1), out long run);
            long next = Math.Min((first + run) << Block.Shift, end);
            if (source is not null)
            {
                error = ReadStore(worker, cut, source, at, buffer.Slice((int)(at - position), (int)(next - at)));
                if (error != FsError.None)
                    return error;
            }
            at = next;
        }
        return FsError.None;
    }

    /// <summary>Reads any range from a store: whole blocks straight into the buffer, cut ones by way of the worker's scratch.</summary>
    private FsError ReadStore(Worker worker, long cut, ImageGeneration source, long position, Span<byte> buffer)
    {
        FsError error = source.FindStore(out PreserveStore? store);
        while (error == FsError.None && buffer.Length > 0)
        {
            long block = Block.Of(position);
            int skip = (int)(position & (Block.Size - 1));
            if (skip == 0 && buffer.Length >= Block.Size)
            {
                int whole = buffer.Length & ~(Block.Size - 1);
                error = store!.Read(block, buffer[..whole]);
                position += whole;
                buffer = buffer[whole..];
                continue;
            }
            Span<byte> scratch = worker.Scratch[..Block.Size];
            error = store!.Read(block, scratch);
            int length = Math.Min(Block.Size - skip, buffer.Length);
            scratch.Slice(skip, length).CopyTo(buffer);
            position += length;
            buffer = buffer[length..];
        }
        if (error != FsError.None && !error.IsWant())
            host.CannotServe(this, cut, source.Number, Block.Of(position));
        return error == FsError.BadHandle ? FsError.Io : error;
    }
}
