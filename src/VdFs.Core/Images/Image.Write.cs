using VdFs.Core.Durability;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Images;

/// <summary>The way of one write: gate, record, intend, preserve, mark, write. Nothing else changes an image's bytes but what goes through <see cref="BeforeChange"/>.</summary>
public sealed partial class Image
{
    private const int RangeLocks = 64;
    private const int SectorLocks = 16;

    /// <summary>Blocks of a range, and most that are touched under one taking of locks: they lie in two ranges at most, and in two sectors.</summary>
    private const int RangeBlocks = 256;

    /// <summary>Guard the first touch of blocks: from the look at their bits until those are set, with all that is preserved in between. Taken in ascending order of index.</summary>
    private Lock[]? rangeLocks;

    /// <summary>Guard the bits of a record's sector (15.75 MiB of image) while some are set. Taken below <see cref="rangeLocks"/>, in ascending order of index.</summary>
    private Lock[]? sectorLocks;

    private long notedScan;

    /// <summary>
    /// Writes to the image. <paramref name="file"/> is the client's open, readable too. The usual case, blocks already recorded in this generation,
    /// costs a bit test and takes no lock.
    /// </summary>
    /// <returns>The error that the backing filesystem gave, or that of the state directory if the change could not be recorded (then nothing was written).</returns>
    public FsError Write(Worker worker, IBackingFile file, long offset, ReadOnlySpan<byte> data, WriteDurability durability, out int written)
    {
        written = 0;
        if (data.IsEmpty)
            return FsError.None;
        FsError error;
        long rounds;
        do
        {
            rounds = host.Space.Rounds;
            error = WriteInside(worker, file, offset, data, durability, out written);
        }
        while (error == FsError.MustWaitForSpace && MakeRoom(worker, rounds, ref error));
        return error;
    }

    private FsError WriteInside(Worker worker, IBackingFile file, long offset, ReadOnlySpan<byte> data, WriteDurability durability, out int written)
    {
        written = 0;
        if (!worker.EnterGate())
            return FsError.MustWait;
        try
        {
            FsError error = BeforeChange(worker, file, Block.Of(offset), Block.Of(offset + data.Length - 1));
            return error == FsError.None ? file.Write(offset, data, durability, out written) : error;
        }
        finally
        {
            worker.LeaveGate();
        }
    }

    /// <summary>Notes an attribute change for a cut under way. Inside the gate.</summary>
    public void NoteAttributes()
    {
        long scan = host.Dirty.Scan;
        if (Volatile.Read(ref notedScan) == scan)
            return;
        host.Dirty.Note(Key);
        Volatile.Write(ref notedScan, scan);
    }

    /// <summary>
    /// Steps before blocks <paramref name="first"/>..<paramref name="last"/> change: after it they are recorded in the current generation, and what snapshots need of
    /// them is preserved. Inside the gate.
    /// </summary>
    private FsError BeforeChange(Worker worker, IFile file, long first, long last)
    {
        NoteAttributes();
        ImageGeneration[] all = generations;
        if (all.Length != 0 && all[^1] is var current && current.Number == host.Generation && current.Record.AllSet(first, last))
            return FsError.None;
        return FirstTouch(worker, file, first, last);
    }

    private FsError FirstTouch(Worker worker, IFile file, long first, long last)
    {
        FsError error = OpenGeneration(out ImageGeneration? generation);
        while (error == FsError.None && first <= last)
        {
            long end = Math.Min(last, first + RangeBlocks - 1);
            error = TouchRanges(worker, file, generation!, first, end);
            first = end + 1;
        }
        return error;
    }

    /// <summary>Takes the ranges' locks and looks again: another writer may have been first.</summary>
    private FsError TouchRanges(Worker worker, IFile file, ImageGeneration generation, long first, long last)
    {
        Lock[] locks = rangeLocks!;
        Enter(locks, first / RangeBlocks, last / RangeBlocks);
        try
        {
            return Touch(worker, file, generation, first, last);
        }
        finally
        {
            Exit(locks, first / RangeBlocks, last / RangeBlocks);
        }
    }

    /// <summary>Two of them at most, in ascending order.</summary>
    private static void Enter(Lock[] locks, long first, long last)
    {
        int a = (int)(first % locks.Length);
        int b = (int)(last % locks.Length);
        locks[Math.Min(a, b)].Enter();
        if (a != b)
            locks[Math.Max(a, b)].Enter();
    }

    private static void Exit(Lock[] locks, long first, long last)
    {
        int a = (int)(first % locks.Length);
        int b = (int)(last % locks.Length);
        if (a != b)
            locks[Math.Max(a, b)].Exit();
        locks[Math.Min(a, b)].Exit();
    }

    private FsError Touch(Worker worker, IFile file, ImageGeneration generation, long first, long last)
    {
        FsError error = Intend(generation, first, last);
        while (error == FsError.None && first <= last)
        {
            if (!generation.Record.IsSet(first, last, out long run))
            {
                error = Preserve(worker, file, generation, first, first + run - 1);
                if (error == FsError.None)
                    error = Mark(generation, first, first + run - 1);
                if (error != FsError.None)
                    return error;
                if (IsHeld && generation.Record.AllChanged)
                    host.GiveUp(this, "its change record could not be written");
                host.CountRecorded(run);
            }
            first += run;
        }
        return error;
    }

    /// <summary>
    /// Sees to it that an intent of the blocks' regions is on stable storage before they change. The record's warm pages say that it is, so that it costs a sync once
    /// per region and not per write.
    /// </summary>
    private FsError Intend(ImageGeneration generation, long first, long last)
    {
        ChangeRecord record = generation.Record;
        bool whole = record.AllChanged || last >= ChangeBitmap.MaxBlocks;
        int region = whole ? Intent.WholeImage : ChangeBitmap.PageOfBlock(first);
        int end = whole ? Intent.WholeImage : ChangeBitmap.PageOfBlock(last);
        for (; region <= end; region++)
        {
            if (record.IsWarm(region))
                continue;
            FsError error = host.Intents.Ensure(Id, region, generation.Number);
            if (error != FsError.None)
                return error;
            record.Warm(region);
        }
        return FsError.None;
    }

    private FsError Mark(ImageGeneration generation, long first, long last)
    {
        Lock[] locks = sectorLocks!;
        Enter(locks, first / ChangeBitmap.BitsPerSector, last / ChangeBitmap.BitsPerSector);
        try
        {
            return MarkLocked(generation, first, last);
        }
        finally
        {
            Exit(locks, first / ChangeBitmap.BitsPerSector, last / ChangeBitmap.BitsPerSector);
        }
    }

    private FsError MarkLocked(ImageGeneration generation, long first, long last)
    {
        bool durable = host.Durable;
        FsError error = generation.Record.Mark(first, last, durable);
        if (error != FsError.None && durable)
        {
            error = host.StopBeingDurable(error);
            if (error == FsError.None)
                error = generation.Record.Mark(first, last, durable: false);
        }
        // Bits that could not be kept: what is in doubt from now on is the whole image.
        return error == FsError.None && generation.Record.AllChanged ? Intend(generation, first, last) : error;
    }

    /// <summary>Outside of the gate: whether to try again; else <paramref name="error"/> is the answer.</summary>
    private bool MakeRoom(Worker worker, long rounds, ref FsError error)
    {
        error = host.MakeRoom(worker, this, rounds);
        return error == FsError.None;
    }

    /// <summary>This generation's record and store, opened by the first write after a cut.</summary>
    private FsError OpenGeneration(out ImageGeneration? generation)
    {
        FsError error = OpenGeneration(out generation, out FsError unrecorded);
        if (unrecorded != FsError.None)
            host.GiveUp(this, $"its change record could not be made ({unrecorded}), so that all of it counts as changed since the last cut");
        return error;
    }

    /// <param name="unrecorded">Why there is no record, if the generation does without.</param>
    private FsError OpenGeneration(out ImageGeneration? generation, out FsError unrecorded)
    {
        unrecorded = FsError.None;
        lock (generationsLock)
        {
            sectorLocks ??= NewLocks(SectorLocks);
            rangeLocks ??= NewLocks(RangeLocks);
            long number = host.Generation;
            ImageGeneration[] all = generations;
            generation = all.Length != 0 && all[^1].Number == number ? all[^1] : null;
            if (generation is not null)
                return FsError.None;
            var opened = new ImageGeneration(this, host, number);
            unrecorded = opened.CreateRecord();
            if (unrecorded.IsWant())
            {
                FsError want = unrecorded;
                unrecorded = FsError.None;
                return want;
            }
            if (unrecorded != FsError.None)
            {
                // No record: then that all of it changed, in room that is there for it.
                if (host.Unrecorded.Note(Id, number, host.Durable) != FsError.None)
                    return unrecorded;
                opened.StandIn();
                // A note that is gone later would read as "nothing changed" too.
                host.Records.Made(Id, number);
            }
            generations = [.. all, opened];
            generation = opened;
            return FsError.None;
        }
    }

    private static Lock[] NewLocks(int count)
    {
        var locks = new Lock[count];
        for (int i = 0; i < locks.Length; i++)
            locks[i] = new Lock();
        return locks;
    }

    /// <summary>
    /// The first generation from <paramref name="from"/> on and before <paramref name="before"/> whose record has the block, or null if none has it; and for how
    /// many blocks up to <paramref name="last"/> the answer is the same.
    /// </summary>
    private static ImageGeneration? FirstWith(ImageGeneration[] all, long from, long before, long first, long last, out long run)
    {
        run = last - first + 1;
        foreach (ImageGeneration generation in all)
        {
            if (generation.Number < from || generation.Number >= before)
                continue;
            bool set = generation.Record.IsSet(first, first + run - 1, out run);
            if (set)
                return generation;
        }
        return null;
    }
}
