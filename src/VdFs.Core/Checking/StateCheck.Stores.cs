using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Preservation;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Checking;

/// <summary>Every pre-image that a held snapshot would look for, against its sum; and stores that none looks into.</summary>
public sealed partial class StateCheck
{
    /// <summary>Blocks read at once: 1 MiB.</summary>
    private const int BlocksAtOnce = 256;

    private readonly byte[] buffer = new byte[BlocksAtOnce * Block.Size];

    private void CheckStores()
    {
        foreach (CheckedImage image in images.Values.Where(i => i.Held.Count != 0).OrderBy(i => i.Id.Value))
            CheckStoresOf(image);
        if (preserve is not null && catalog is not null)
            FindLeftovers(preserve);
    }

    private void CheckStoresOf(CheckedImage image)
    {
        CheckUnrecordedOf(image);
        var loaded = new SortedList<long, ChangeRecord>();
        try
        {
            foreach (long generation in image.Recorded.Where(g => g >= image.Held.Keys[0] && g <= Current))
            {
                if (LoadForViews(image, generation) is { } record)
                    loaded.Add(generation, record);
            }
            foreach (long generation in loaded.Keys)
                CheckStore(image, loaded, generation);
        }
        finally
        {
            foreach (ChangeRecord record in loaded.Values)
                record.Dispose();
        }
    }

    /// <summary>Null: damaged, which was told, or made and never written.</summary>
    private ChangeRecord? LoadForViews(CheckedImage image, long generation)
    {
        if (state.Open(StatePaths.Record(image.Id, generation), StorageOpen.Existing, out IFile? file) != FsError.None)
            return null;
        _ = ChangeRecord.Load(file!, null, out ChangeRecord? record, out string damage);
        if (record is null || damage.Length != 0 || record.AllChanged)
        {
            if (record is { AllChanged: true } && damage.Length == 0)
                AllChanged(image, generation);
            record?.Dispose();
            return null;
        }
        return record;
    }

    private void AllChanged(CheckedImage image, long generation)
    {
        foreach (long cut in image.Held.Keys.Where(c => c <= generation))
        {
            Lose(cut, image.Id, StatePaths.Record(image.Id, generation),
                $"it says only that all of {Name(image.Id)} changed, since its bits could not be written", "its change record could not be written");
        }
    }

    /// <summary>
    /// A block of a generation is needed by a cut if no generation in between has it. An older cut needs no other blocks than the next newer one does, but
    /// for those beyond the size that the image had there.
    /// </summary>
    private void CheckStore(CheckedImage image, SortedList<long, ChangeRecord> loaded, long generation)
    {
        FsError error = FsError.None;
        PreserveStore? store = null;
        bool opened = false;
        long from = 0;
        try
        {
            foreach ((long cut, long size) in image.Held.Where(h => h.Key <= generation).Reverse())
            {
                long bad = 0;
                long firstBad = -1;
                foreach ((long first, long count) in Needed(loaded, generation, cut, from, Block.Count(size)))
                {
                    if (!opened)
                        error = OpenStore(image.Id, generation, out store);
                    opened = true;
                    long failed = store is null ? count : Verify(store, first, count, ref firstBad);
                    firstBad = failed != 0 && firstBad < 0 ? first : firstBad;
                    bad += failed;
                }
                if (bad != 0 && !(options.Live && NoLongerHeld(cut, image.Id)))
                    TellStore(image, generation, cut, bad, firstBad, error);
                from = Math.Max(from, Block.Count(size));
            }
        }
        finally
        {
            store?.Dispose();
        }
    }

    private void TellStore(CheckedImage image, long generation, long cut, long bad, long first, FsError error)
    {
        string which = bad == 1 ? $"1 pre-image (block {first})" : $"{bad} pre-images (the first is block {first})";
        string what = error switch
        {
            FsError.None => $"{which} were not kept or are not what was kept (checksum)",
            FsError.NotFound => $"it is missing, and with it {which}",
            _ => $"it is damaged or another store's ({error}), and with it {which} can't be read",
        };
        Fault(StatePaths.Data(image.Id, generation), what,
            $"the view of {Name(image.Id)} in the snapshot {NameOfCut(cut)} gives EIO there, and nowhere else; copy what can be read, then release it");
    }

    private FsError OpenStore(ImageId image, long generation, out PreserveStore? store)
    {
        store = null;
        if (preserve is null)
            return FsError.NotFound;
        FsError error = preserve.Open(StatePaths.Sums(image, generation), StorageOpen.Existing, out IFile? sums);
        if (error != FsError.None)
            return error;
        error = preserve.Open(StatePaths.Data(image, generation), StorageOpen.Existing, out IFile? data);
        if (error == FsError.None)
            return PreserveStore.Load(data!, sums!, image, generation, out store);
        sums!.Dispose();
        return error;
    }

    /// <summary>Runs of blocks in [<paramref name="from"/>, <paramref name="end"/>) that a view of the cut reads from this generation's store.</summary>
    private static IEnumerable<(long First, long Count)> Needed(SortedList<long, ChangeRecord> loaded, long generation, long cut, long from, long end)
    {
        ChangeRecord record = loaded[generation];
        ChangeRecord[] earlier = [.. loaded.Where(l => l.Key >= cut && l.Key < generation).Select(l => l.Value)];
        long at = from < end ? record.NextSet(from) : -1;
        while (at >= 0 && at < end)
        {
            _ = record.IsSet(at, end - 1, out long set);
            long stop = at + set;
            while (at < stop)
            {
                long run = stop - at;
                bool covered = false;
                foreach (ChangeRecord one in earlier)
                {
                    covered = one.IsSet(at, at + run - 1, out run);
                    if (covered)
                        break;
                }
                if (!covered)
                    yield return (at, run);
                at += run;
            }
            at = at < end ? record.NextSet(at) : -1;
        }
    }

    /// <returns>How many of the blocks can't be served.</returns>
    private long Verify(PreserveStore store, long first, long count, ref long firstBad)
    {
        long bad = 0;
        for (long at = first; at < first + count; at += BlocksAtOnce)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            int length = (int)Math.Min(BlocksAtOnce, first + count - at);
            blocks += length;
            if (Patiently(() => store.Read(at, buffer.AsSpan(0, length * Block.Size)), e => e == FsError.None) != FsError.None)
            {
                for (int i = 0; i < length; i++)
                {
                    if (store.Read(at + i, buffer.AsSpan(0, Block.Size)) == FsError.None)
                        continue;
                    bad++;
                    firstBad = firstBad < 0 ? at + i : firstBad;
                }
            }
            options.Progress(blocks << Block.Shift);
        }
        return bad;
    }

    private bool NoLongerHeld(long cut, ImageId image)
    {
        Catalog.CatalogContents now = catalog!.Load();
        return !now.Cuts.Any(c => c.Number == cut && c.State == Catalog.CutState.Held)
            || now.Losses.Any(l => l.Cut == cut && (l.Image == ImageId.None || l.Image == image));
    }

    private void FindLeftovers(IStorage stores)
    {
        foreach (string folder in List(stores, "", "preserve directory"))
        {
            ImageId id = StatePaths.ImageOf(folder);
            if (id == ImageId.None)
            {
                if (folder != StatePaths.Lock)
                    Foreign("preserve directory, " + folder);
                continue;
            }
            images.TryGetValue(id, out CheckedImage? image);
            foreach (string file in List(stores, folder, $"preserve directory, {folder}/"))
            {
                string path = $"{folder}/{file}";
                long generation = Math.Max(StatePaths.GenerationOf(file, StatePaths.DataSuffix), StatePaths.GenerationOf(file, StatePaths.SumsSuffix));
                if (generation < 0)
                    Foreign("preserve directory, " + path);
                else if (!options.Live && image?.Held.Keys.Any(c => c <= generation) != true)
                    Note("preserve directory, " + path, "no held snapshot needs these pre-images", "they take room; the next mount removes them", "removes them", () => stores.Delete(path));
            }
        }
    }
}
