using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Images;

/// <summary>copy_file_range(2) into an image: recorded and preserved as a write, done by the backing filesystem, which may share extents.</summary>
public sealed partial class Image
{
    /// <summary>Copies at most one piece (<see cref="PieceSize"/>); the caller's program asks for the rest. Nothing past the source's end.</summary>
    public FsError CopyFrom(Worker worker, IBackingFile source, long sourceOffset, IBackingFile target, long offset, long length, out long copied)
    {
        copied = 0;
        if (offset < 0 || sourceOffset < 0 || length < 0 || offset > long.MaxValue - length)
            return FsError.InvalidArgument;
        FsError error = source.GetLength(out long sourceLength);
        if (error != FsError.None)
            return error;
        length = Math.Min(Math.Min(length, PieceSize), sourceLength - sourceOffset);
        if (length <= 0)
            return FsError.None;
        long rounds;
        do
        {
            rounds = host.Space.Rounds;
            error = CopyInside(worker, source, sourceOffset, target, offset, length, out copied);
        }
        while (error == FsError.MustWaitForSpace && MakeRoom(worker, rounds, ref error));
        return error;
    }

    private FsError CopyInside(Worker worker, IBackingFile source, long sourceOffset, IBackingFile target, long offset, long length, out long copied)
    {
        copied = 0;
        if (!worker.EnterGate())
            return FsError.MustWait;
        try
        {
            FsError error = BeforeChange(worker, target, Block.Of(offset), Block.Of(offset + length - 1));
            return error == FsError.None ? target.CopyFrom(source, sourceOffset, offset, length, out copied) : error;
        }
        finally
        {
            worker.LeaveGate();
        }
    }
}
