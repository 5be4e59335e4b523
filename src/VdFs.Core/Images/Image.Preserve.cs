using VdFs.Core.Errors;
using VdFs.Core.Preservation;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Images;

/// <summary>Preserving what blocks hold before they change: the cheapest way that there is for each run of them.</summary>
public sealed partial class Image
{
    /// <summary>Blocks that are copied in one go: what is read, checked and written stays in the core's cache.</summary>
    private const int CopiedAtOnce = Worker.ScratchSize / Block.Size;

    /// <summary>
    /// Keeps the pre-images that the newest held snapshot would look for in this generation: those of blocks that no generation since its cut
    /// has. Older snapshots need them only if that one does. Where they can't be kept, the policy says who pays: the snapshots, whose views fail closed, or the writer.
    /// </summary>
    /// <returns><see cref="FsError.MustWaitForSpace"/> if there is no room for them.</returns>
    private FsError Preserve(Worker worker, IFile file, ImageGeneration generation, long first, long last)
    {
        HeldCuts cuts = held;
        if (cuts.Count == 0)
            return FsError.None;
        last = Math.Min(last, Block.Count(cuts.LargestSize) - 1);
        while (first <= last)
        {
            ImageGeneration? earlier = FirstWith(generations, cuts.Newest, generation.Number, first, last, out long run);
            FsError error = earlier is null ? PreserveRun(worker, file, generation, first, run) : FsError.None;
            if (error != FsError.None)
                return error;
            // Given up meanwhile: nothing looks for the rest.
            if (!IsHeld)
                return FsError.None;
            first += run;
        }
        return FsError.None;
    }

    private FsError PreserveRun(Worker worker, IFile file, ImageGeneration generation, long first, long count)
    {
        FsError error = generation.OpenStore(out PreserveStore? store);
        if (error != FsError.None)
            return IsHeld ? CouldNotPreserve(error) : FsError.None;
        while (count > 0 && IsHeld)
        {
            error = PreservePart(worker, file, generation, store!, first, count, out long done);
            if (error != FsError.None)
                return error;
            first += done;
            count -= done;
        }
        return FsError.None;
    }

    /// <param name="done">How many of the blocks it came to.</param>
    private FsError PreservePart(Worker worker, IFile file, ImageGeneration generation, PreserveStore store, long first, long count, out long done)
    {
        done = count;
        if (count >= host.HoleBlocks && IsHole(file, first, ref done))
            return Kept(generation, store, done, taken: 0, kept: 0, store.WriteZeros(first, done));
        if (done >= host.SharedBlocks && DataBlocks(file, first, done) is var whole && whole >= host.SharedBlocks
            && TryShare(file, generation, store, first, whole, out FsError error))
        {
            done = whole;
            return error;
        }
        done = Math.Min(done, CopiedAtOnce);
        return Copy(worker, file, generation, store, first, done);
    }

    /// <summary>Whether the run begins with a hole; <paramref name="count"/> is cut off where that changes.</summary>
    private static bool IsHole(IFile file, long first, ref long count)
    {
        long start = first << Block.Shift;
        long end = (first + count) << Block.Shift;
        FsError error = file.SeekData(start, out long data);
        if (error == FsError.NoSuchAddress)
            data = end;
        else if (error != FsError.None)
            return false;
        // A block that is data in part is read.
        long hole = (Math.Min(data, end) >> Block.Shift) - first;
        if (hole > 0)
            count = hole;
        return hole > 0;
    }

    /// <summary>For how many blocks from the first one on there is no hole in them.</summary>
    private static long DataBlocks(IFile file, long first, long count) =>
        file.FindHole(first << Block.Shift, count << Block.Shift, out long hole) == FsError.None ? (hole >> Block.Shift) - first : 0;

    /// <summary>False: nothing was kept; another way is to be gone.</summary>
    private bool TryShare(IFile file, ImageGeneration generation, PreserveStore store, long first, long count, out FsError error)
    {
        long size = count << Block.Shift;
        error = FsError.None;
        if (!host.Space.TryTake(size))
            return false;
        // What is shared is what was there at the cut: who would write to these blocks touches them first, and waits for the range's lock there.
        FsError shared = store.Share(file, first, count);
        if (shared == FsError.None)
        {
            error = Kept(generation, store, count, size, size, FsError.None);
            return true;
        }
        // Whatever it is, copying meets it too, unless it can do without.
        host.Space.Return(size);
        return false;
    }

    private FsError Copy(Worker worker, IFile file, ImageGeneration generation, PreserveStore store, long first, long count)
    {
        Span<byte> blocks = worker.Scratch[..(int)(count << Block.Shift)];
        FsError error = file.Read(first << Block.Shift, blocks, out int read);
        if (error.IsWant())
            return error;
        if (error != FsError.None)
        {
            // The block is marked without a pre-image: a view of it gives EIO, the other blocks stay good.
            host.Log(new(true, $"image {Id}: blocks {first}..{first + count - 1} could not be read before they are overwritten ({error}); snapshots answer them with an I/O error. Check the backing device."));
            return FsError.None;
        }
        blocks[read..].Clear();
        long taken = 0;
        // Zeros need no room: only their sums do.
        if (blocks.ContainsAnyExcept((byte)0))
        {
            taken = blocks.Length;
            if (!host.Space.TryTake(taken))
                return IsHeld ? FsError.MustWaitForSpace : FsError.None;
        }
        error = store.Write(first, blocks, out long kept);
        return Kept(generation, store, count, taken, kept, error);
    }

    /// <summary>Counts what was kept, and brings it to stable storage where that is promised.</summary>
    /// <param name="generation">Whose blocks they are.</param>
    /// <param name="store">Where they were kept.</param>
    /// <param name="count">Of the blocks.</param>
    /// <param name="taken">Bytes of room that were taken for them.</param>
    /// <param name="kept">Bytes of room that they came to.</param>
    /// <param name="error">Whether they could be kept.</param>
    private FsError Kept(ImageGeneration generation, PreserveStore store, long count, long taken, long kept, FsError error)
    {
        host.Space.Return(taken - kept);
        generation.CountKept(kept);
        if (error == FsError.None && host.Durable && store.Sync() is var failed && failed != FsError.None)
            error = host.StopBeingDurable(failed);
        if (error == FsError.None)
        {
            host.CountPreserved(count);
            return FsError.None;
        }
        return IsHeld ? CouldNotPreserve(error) : FsError.None;
    }

    /// <summary>A store that fails in other ways than by being full is no fuller without the oldest snapshot: giving up, only this image's views are lost.</summary>
    private FsError CouldNotPreserve(FsError error)
    {
        // The write fails, its image is untouched, and the snapshot needs nothing of it.
        if (error.IsWant())
            return error;
        bool space = error is FsError.NoSpace or FsError.QuotaExceeded;
        if (space)
            host.Space.FoundFull();
        else
            host.NoteStorageFailure("a pre-image could not be written", error);
        if (space || !host.GivesUp)
            return FsError.MustWaitForSpace;
        host.GiveUp(this, $"a pre-image could not be preserved ({error})");
        return FsError.None;
    }
}
