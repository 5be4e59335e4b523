using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Images;

/// <summary>Truncation, growth, allocation, punching and zeroing: recorded and preserved as writes are, in pieces that pass the gate one by one.</summary>
public sealed partial class Image
{
    /// <summary>Most bytes that change in one passage of the gate.</summary>
    public const long PieceSize = 8 << 20;

    /// <summary>
    /// Truncates or extends. What a truncation takes away is recorded and preserved piece by piece first; then, in one passage of the gate, the
    /// file is cut off, unless a cut came between: then the new generation's records come first.
    /// </summary>
    public FsError SetLength(Worker worker, IBackingFile file, long length)
    {
        FsError error;
        long rounds;
        do
        {
            rounds = host.Space.Rounds;
            error = SetLengthOnce(worker, file, length);
        }
        while (error == FsError.MustWaitForSpace && MakeRoom(worker, rounds, ref error));
        return error;
    }

    private FsError SetLengthOnce(Worker worker, IBackingFile file, long length)
    {
        while (true)
        {
            // In this order: whatever makes the file longer from here on is recorded in this generation, or the generation is no longer this one.
            long prepared = host.Generation;
            FsError error = file.GetLength(out long old);
            if (error == FsError.None && old - length > PieceSize)
                error = worker.MayWait ? PrepareTruncation(worker, file, length, old) : FsError.MustWait;
            if (error != FsError.None)
                return error;
            if (!worker.EnterGate())
                return FsError.MustWait;
            try
            {
                error = file.GetLength(out long now);
                if (error != FsError.None)
                    return error;
                if (now - length <= PieceSize || host.Generation == prepared)
                    return ChangeLength(worker, file, now, length);
            }
            finally
            {
                worker.LeaveGate();
            }
        }
    }

    /// <summary>
    /// fallocate(2): plain allocation changes no content and is recorded only where it extends the file; punching and zeroing are recorded where
    /// there is data.
    /// </summary>
    public FsError Allocate(Worker worker, IBackingFile file, AllocateMode mode, long offset, long length)
    {
        if (offset < 0 || length <= 0 || offset > long.MaxValue - length)
            return FsError.InvalidArgument;
        bool clears = (mode & (AllocateMode.PunchHole | AllocateMode.ZeroRange)) != 0;
        if (length > PieceSize && !worker.MayWait)
            return FsError.MustWait;
        if (!clears)
            return AllocatePiece(worker, file, mode, offset, length, clears);
        FsError error = FsError.None;
        while (error == FsError.None && length > 0)
        {
            long piece = Math.Min(length, PieceSize);
            error = AllocatePiece(worker, file, mode, offset, piece, clears);
            offset += piece;
            length -= piece;
        }
        return error;
    }

    private FsError ChangeLength(Worker worker, IBackingFile file, long now, long length)
    {
        FsError error = FsError.None;
        NoteAttributes();
        NoteTimes();
        if (length < now)
            error = BeforeDataChanges(worker, file, length, Math.Min(now, length + PieceSize));
        else if (length > now)
            error = BeforeExtension(worker, file, length);
        return error == FsError.None ? file.SetLength(length) : error;
    }

    /// <summary>What grew is recorded by its last block, so that whoever applies the changed ranges gets the new length with them. The rest reads as zeros.</summary>
    private FsError BeforeExtension(Worker worker, IBackingFile file, long length) =>
        BeforeChange(worker, file, Block.Of(length - 1), Block.Of(length - 1));

    private FsError PrepareTruncation(Worker worker, IBackingFile file, long from, long to)
    {
        FsError error = FsError.None;
        // The first piece is done in the passage that truncates.
        long position = from + PieceSize;
        while (error == FsError.None && position < to)
        {
            if (!worker.EnterGate())
                return FsError.MustWait;
            try
            {
                error = file.SeekData(position, out long data);
                if (error == FsError.NoSuchAddress)
                    return FsError.None;
                if (error == FsError.None)
                {
                    position = Math.Max(position, data);
                    long end = Math.Min(to, position + PieceSize);
                    error = BeforeDataChanges(worker, file, position, end);
                    position = end;
                }
            }
            finally
            {
                worker.LeaveGate();
            }
        }
        return error;
    }

    /// <summary>
    /// <see cref="BeforeChange"/> for the data in a range of bytes; holes in it stay zeros and are left out. Inside the gate. A writer that fills a hole
    /// meanwhile records it itself.
    /// </summary>
    private FsError BeforeDataChanges(Worker worker, IFile file, long from, long to)
    {
        // Inside the gate no cut comes between: what it tells stays true of this generation. The next piece asks anew.
        var holes = new HoleCursor(file, near: true);
        while (from < to)
        {
            FsError error = holes.Look(from, out bool isHole, out long next);
            if (error != FsError.None)
                return error;
            long end = Math.Min(next, to);
            if (isHole)
            {
                from = end;
                continue;
            }
            while (end < to)
            {
                error = holes.Look(end, out isHole, out next);
                if (error != FsError.None)
                    return error;
                if (isHole)
                    break;
                end = Math.Min(next, to);
            }
            error = BeforeChange(worker, file, Block.Of(from), Block.Of(end - 1));
            if (error != FsError.None)
                return error;
            from = end;
        }
        return FsError.None;
    }

    private FsError AllocatePiece(Worker worker, IBackingFile file, AllocateMode mode, long offset, long length, bool clears)
    {
        FsError error;
        long rounds;
        do
        {
            rounds = host.Space.Rounds;
            error = AllocateInside(worker, file, mode, offset, length, clears);
        }
        while (error == FsError.MustWaitForSpace && MakeRoom(worker, rounds, ref error));
        return error;
    }

    private FsError AllocateInside(Worker worker, IBackingFile file, AllocateMode mode, long offset, long length, bool clears)
    {
        if (!worker.EnterGate())
            return FsError.MustWait;
        try
        {
            NoteAttributes();
            NoteTimes();
            FsError error = clears ? BeforeDataChanges(worker, file, offset, offset + length) : FsError.None;
            if (error == FsError.None && (mode & AllocateMode.KeepSize) == 0)
            {
                error = file.GetLength(out long now);
                if (error == FsError.None && offset + length > now)
                    error = BeforeExtension(worker, file, offset + length);
            }
            return error == FsError.None ? file.Allocate(mode, offset, length) : error;
        }
        finally
        {
            worker.LeaveGate();
        }
    }
}
