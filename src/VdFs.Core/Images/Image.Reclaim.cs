using VdFs.Core.Errors;
using VdFs.Core.Tracking;

namespace VdFs.Core.Images;

/// <summary>Giving back what no snapshot and no checkpoint can look into any more. Only under the engine's cut lock.</summary>
public sealed partial class Image
{
    /// <summary>
    /// Steps of a release for this image, after the snapshot is no longer held: of the generations since <paramref name="from"/>, its cut, up to the next newer
    /// cut that this image is held at, those stores that no older held snapshot looks into go, and of the others what none can reach is punched out. Idempotent, and safe beside anything: giving up runs it without the engine's cut lock.
    /// </summary>
    internal void ReclaimStores(long from)
    {
        // In this order: a generation that is seen here was opened after its cut was held, so that cut is seen as well, whoever runs beside.
        ImageGeneration[] all = generations;
        HeldCuts cuts = held;
        foreach (ImageGeneration generation in all)
        {
            if (generation.Number < from)
                continue;
            long older = cuts.NewestUpTo(generation.Number);
            if (older >= from)
                return;
            if (older < 0)
                generation.DiscardStore();
            else
                PunchUnreachable(all, generation, older);
        }
    }

    /// <summary>
    /// Which records of this image can go after a checkpoint was forgotten: generations between two cuts that still have a name are joined into the first of them, those
    /// before the oldest go (no target). Left alone: what a held snapshot looks into, and the current generation.
    /// </summary>
    /// <param name="cuts">Numbers of all cuts with a name, ascending.</param>
    internal IEnumerable<RecordJoin> PlanJoins(IReadOnlyList<long> cuts)
    {
        long current = host.Generation;
        long oldestHeld = held.Count == 0 ? long.MaxValue : held.Oldest;
        ImageGeneration? target = null;
        long targetGroup = -1;
        foreach (ImageGeneration generation in generations)
        {
            if (generation.Number >= Math.Min(current, oldestHeld))
                break;
            long group = GroupOf(cuts, generation.Number);
            if (group < 0)
            {
                yield return new(this, null, generation);
            }
            else if (target is not null && group == targetGroup)
            {
                yield return new(this, target, generation);
            }
            else
            {
                target = generation;
                targetGroup = group;
            }
        }
    }

    /// <summary>Memory and descriptors of change records that neither writers nor views look into go back; who asks for one reads it again.</summary>
    internal void UnloadPast()
    {
        foreach (ImageGeneration generation in generations)
        {
            if (IsPast(generation))
                generation.Unload();
        }
    }

    /// <summary>Whether neither writers nor views look into it.</summary>
    private bool IsPast(ImageGeneration generation)
    {
        HeldCuts cuts = held;
        return generation.Number < (cuts.Count == 0 ? host.Generation : Math.Min(host.Generation, cuts.Oldest));
    }

    /// <summary>Removes all that VdFs keeps of an image that is gone and that nothing looks into any more. Its records are off the list already.</summary>
    internal void DeleteState()
    {
        foreach (ImageGeneration generation in generations)
            _ = Drop(generation);
        _ = host.State.DeleteFolder(StatePaths.RecordFolder(Id));
        _ = host.Preserve.DeleteFolder(StatePaths.StoreFolder(Id));
    }

    /// <summary>
    /// Blocks written in the generations <paramref name="from"/>..<paramref name="to"/>, as runs in ascending order, up to block <paramref name="count"/>. Only under the engine's cut lock.
    /// Each record is read once and doesn't stay in memory, however many there are.
    /// </summary>
    internal IEnumerable<(long First, long Count)> ChangedRuns(long from, long to, long count)
    {
        var union = new ChangeBitmap();
        foreach (ImageGeneration generation in generations)
        {
            if (generation.Number < from || generation.Number > to)
                continue;
            bool all = !generation.Record.AddTo(union);
            if (IsPast(generation))
                generation.Unload();
            if (all)
                return count > 0 ? [(0, count)] : [];
        }
        return union.Runs(count);
    }

    private static void PunchUnreachable(ImageGeneration[] all, ImageGeneration generation, long olderCut)
    {
        if (generation.Record.AllChanged || generation.FindStore(out var store) != FsError.None)
            return;
        long first = generation.Record.NextSet(0);
        while (first >= 0)
        {
            _ = generation.Record.IsSet(first, first + ChangeBitmap.BitsPerPage - 1, out long run);
            long end = first + run;
            while (first < end)
            {
                ImageGeneration? earlier = FirstWith(all, olderCut, generation.Number, first, end - 1, out long same);
                if (earlier is not null)
                    generation.PunchStore(store!, first, same);
                first += same;
            }
            first = generation.Record.NextSet(end);
        }
    }

    private static long GroupOf(IReadOnlyList<long> cuts, long generation)
    {
        long group = -1;
        foreach (long cut in cuts)
        {
            if (cut > generation)
                break;
            group = cut;
        }
        return group;
    }

    /// <summary>Removes a generation whose record is off the list.</summary>
    internal FsError Drop(ImageGeneration generation)
    {
        FsError error = generation.Delete();
        if (error != FsError.None)
            return error;
        lock (generationsLock)
            generations = [.. generations.Where(g => g != generation)];
        return FsError.None;
    }
}
