using System.IO;
using VdFs.Core.Catalog;
using VdFs.Core.Durability;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Inodes;
using VdFs.Core.Recovery;
using VdFs.Core.Snapshots;
using VdFs.Core.Space;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Core;

/// <summary>Opening: what the last mount left is read, completed or dropped, and judged.</summary>
public sealed partial class Engine
{
    /// <summary>
    /// Opens the engine on its state. The caller holds the lock on the state directory; the engine owns the catalog from here on, also after an error.
    /// Storage and backing tree stay the caller's and outlive it.
    /// </summary>
    /// <returns>An error with words for people if the state can't be used; nothing was changed then, but that a refused cut is gone (<see cref="RefusedCuts"/>).</returns>
    public static Outcome Open(IStorage state, IStorage preserve, ICatalog catalog, IBackingTree backing, EngineOptions options, out Engine? engine)
    {
        engine = null;
        FsError error = OpenReserve(state, options, out StateReserve? reserve);
        if (error != FsError.None)
        {
            reserve?.Dispose();
            catalog.Dispose();
            return Unwritable(error);
        }
        catalog = new ReservedCatalog(catalog, reserve!, new CatalogSettling(catalog, options.SettleLimit, options.Clock));
        Outcome outcome = Try(() => RefusedCuts.Drop(catalog, options.Refusals, options.Log));
        if (!outcome.Succeeded)
        {
            reserve!.Dispose();
            catalog.Dispose();
            return outcome;
        }
        var reserved = new ReservedStorage(state, reserve!);
        IntentLog? intents = null;
        UnrecordedTable? unrecorded = null;
        error = reserved.CreateFolder(StatePaths.Records);
        if (error == FsError.None)
            error = IntentLog.Open(reserved, out intents);
        RecordList? records = null;
        if (error == FsError.None)
            error = RecordList.Read(reserved, out records);
        if (error == FsError.None)
            error = UnrecordedTable.Open(reserved, out unrecorded);
        var live = new LiveInodes(reserved);
        if (error == FsError.None)
            error = live.Read();
        if (error != FsError.None)
        {
            live.Dispose();
            intents?.Dispose();
            reserve!.Dispose();
            catalog.Dispose();
            return Unwritable(error);
        }
        var space = new PreserveSpace(preserve, options.PreserveLimit, options.Log);
        var host = new ImageHost(reserved, preserve, space, intents!, records!, new Gate(), options.Log) { Unrecorded = unrecorded!, SharedBlocks = options.SharedBlocks, HoleBlocks = options.HoleBlocks };
        records!.Slack = options.RecordListSlack;
        reserved.Failed = host.NoteStorageFailure;
        var opened = new Engine(host, state, catalog, backing, reserve!, live, options);
        outcome = Try(opened.Recover);
        if (outcome.Succeeded)
            engine = opened;
        else
            opened.Dispose();
        return outcome;
    }

    private static Outcome Unwritable(FsError error) => Outcome.Failed(error, IsFull(error) ? NoRoom : $"the state directory can't be written ({error}); make it writable or name another one");

    /// <summary>Why a mount can't begin on a full state directory, and what to do.</summary>
    public const string NoRoom =
        "there is no room left where the state directory lies, and what was set aside there is used up. The images are untouched, and nothing that is kept is lost. Free some room on its filesystem (1 MiB is enough to mount, then release snapshots or forget checkpoints), and mount again";

    /// <summary>Before anything else of the state: what a full state directory needs first.</summary>
    private static FsError OpenReserve(IStorage state, EngineOptions options, out StateReserve? reserve)
    {
        long size = options.StateReserve ?? (state.GetSpace(out _, out long total) == FsError.None ? StateReserve.SizeOn(total) : 0);
        FsError error = StateReserve.Open(state, size, options.Log, out reserve);
        reserve?.Refill();
        return error;
    }

    private void Recover()
    {
        CatalogContents contents = catalog.Load();
        bool adopted = CheckPlaces(contents);
        bool trusted = IsLastEndTrusted(contents);
        foreach (CatalogCut pending in contents.Cuts.Where(c => c.State == CutState.Pending))
            DropPending(pending);
        contents = catalog.Load();
        // A number that a cut ever had is never used again, not even by a cut that was dropped.
        host.Generation = contents.NextCut - 1;
        StateId = contents.StateId;
        // However the clock was set meanwhile.
        DateTimeOffset last = contents.Cuts.Select(c => c.Time).Append(contents.LastCut).Max();
        clock.Begin(last, contents.LastClock ?? last);

        foreach (CatalogImage row in contents.Images)
        {
            Image image = Images.Restore(row.Id, row.Identity);
            image.LineageSince = row.LineageSince;
            image.LineageBroken = row.LineageBroken;
            image.InCatalog = true;
        }
        List<(ImageId Image, long Generation)> newer = RestoreRecords();
        RestoreUnrecorded(newer);
        foreach (CatalogCut cut in contents.Cuts)
            Snapshots.Add(Restore(cut));
        Inodes.Restore(contents);
        foreach (CatalogLoss loss in contents.Losses)
            Snapshots.Find(loss.Cut)?.Lose(loss.Image, loss.Reason);
        if (!trusted)
            DoubtWhatIsNotStable();
        if (adopted)
            DistrustEverything(AdoptedReason);
        foreach (Snapshot snapshot in Snapshots.All.Where(s => s.Held))
            HoldImages(snapshot);
        LoseWhatWasNotKept();
        DropNewerRecords(newer);
        // A clean end on another boot: a start since may have been cut short by a power cut while it wrote the list.
        CheckRecordList(contents, trusted && contents.BootId == options.BootId);
        CheckSeals(contents);
        SweepStores();
        CountStores();
        SweepRetained();
        JoinRecords();
        BeginIntents(contents.CleanEnd, trusted);
        catalog.BeginMount(options.BootId, new(places.Root, options.BackingPath, options.PreservePath));
        RestoreDeltas(contents);
        Inodes.NumberWhatHasNone();
        Require(host.Records.Begin(contents.Mounts + 1), "the list of change records can't be written");
        if (!options.LeasesStay)
            EndLeases();
        // Of a former version; a cut needs no record beside the catalog any more.
        _ = host.State.Delete(StatePaths.FormerCutLog);
    }

    /// <summary>Nobody was told that it was made: its generation stays part of the former one. A client that was still waiting asks again, or is asked to.</summary>
    private void DropPending(CatalogCut pending)
    {
        catalog.Remove(pending.Number);
        host.Log(new(false, $"the cut of snapshot '{SqliteCatalog.NameOfPending(pending.Name)}' was not finished when VdFs ended, and is dropped"));
    }

    private Snapshot Restore(CatalogCut cut) => new(
        cut.Number, cut.CutId, cut.Time, cut.Name, cut.State == CutState.Held, cut.Images, cut.Bytes,
        () => LoadFiles(cut.Number))
    {
        Repository = cut.Repository, Backup = cut.Backup, Clock = cut.Clock,
    };

    private FileList LoadFiles(long cut) => FileListFormat.ReadList(catalog.LoadFileList(cut));

    /// <summary>Finds all change records. An image that the catalog doesn't know yet is recognised by the header of its record.</summary>
    /// <returns>Those of generations that the catalog hasn't come to.</returns>
    private List<(ImageId Image, long Generation)> RestoreRecords()
    {
        var newer = new List<(ImageId, long)>();
        var folders = new List<string>();
        Require(host.State.List(StatePaths.Records, folders), "the change records can't be listed");
        foreach (string folder in folders)
        {
            ImageId id = StatePaths.ImageOf(folder);
            if (id == ImageId.None)
                continue;
            var files = new List<string>();
            Require(host.State.List(StatePaths.RecordFolder(id), files), "the change records can't be listed");
            long[] numbers = [.. files.Select(f => StatePaths.GenerationOf(f, StatePaths.RecordSuffix)).Where(n => n >= 0)];
            newer.AddRange(numbers.Where(n => n > host.Generation).Select(n => (id, n)));
            numbers = [.. numbers.Where(n => n <= host.Generation)];
            if (numbers.Length == 0)
                continue;
            if ((Images.Find(id) ?? Recognise(id, numbers)) is { } image)
                image.AddStored(numbers);
            else
                RemoveUnknown(id, numbers);
        }
        return newer;
    }

    /// <summary>
    /// Records of an image that neither the catalog nor a header knows: a daemon was killed when it had only made the file, or what is left is damaged. The image, if there is one, gets a
    /// new id, and all of it counts as changed.
    /// </summary>
    private void RemoveUnknown(ImageId id, long[] numbers)
    {
        foreach (long number in numbers)
            _ = host.State.Delete(StatePaths.Record(id, number));
        _ = host.State.DeleteFolder(StatePaths.RecordFolder(id));
    }

    /// <summary>The catalog is a new one or an older copy. What such records say belongs to cuts that it doesn't know, and their numbers will be used again.</summary>
    private void DropNewerRecords(List<(ImageId Image, long Generation)> newer)
    {
        if (newer.Count == 0)
            return;
        Distrust([.. newer.Select(n => Images.Find(n.Image)).OfType<Image>().Distinct()], "its change records are newer than the catalog");
        foreach ((ImageId image, long generation) in newer)
            Require(host.State.Delete(StatePaths.Record(image, generation)), "change records that are newer than the catalog can't be removed");
    }

    /// <summary>At start: nothing that is kept of these images is believed, and that is committed before anything else is done about it.</summary>
    private void Distrust(List<Image> images, string reason)
    {
        if (images.Count == 0)
            return;
        var ids = new HashSet<ImageId>(images.Select(i => i.Id));
        foreach (Image image in images)
        {
            image.LineageSince = host.Generation + 1;
            image.LineageBroken = reason;
            image.UnholdAll();
            host.Log(new(true, $"image {image.Id}: {reason}; it is untouched, held snapshots that have it are lost for this image, and the next backup of it is a full one."));
        }
        catalog.PutImages([.. images.Select(RowOf)]);
        catalog.AddLosses([.. Snapshots.All
            .Where(s => s.Held && s.LossOf(ImageId.None) is null)
            .SelectMany(s => s.Files.Images.Where(e => ids.Contains(e.Image) && s.Lose(e.Image, reason)).Select(e => new CatalogLoss(s.Number, e.Image, reason)))]);
    }

    private Image? Recognise(ImageId id, long[] numbers)
    {
        foreach (long number in numbers)
        {
            FsError error = host.State.Open(StatePaths.Record(id, number), StorageOpen.Existing, out IFile? file);
            if (error.IsWant())
                Require(error, "a change record can't be opened");
            if (error != FsError.None)
                continue;
            byte[] sector = new byte[ChangeRecordHeader.Size];
            using (file)
                _ = file!.Read(0, sector, out _);
            ChangeRecordHeader? header = ChangeRecordHeader.Read(sector, out _);
            if (header is not null && header.Image == id)
            {
                // Its record couldn't be read at an earlier start, and the image got another id since: two of them would each miss what the other records.
                if (Images.Find(header.Identity) is not null)
                    return null;
                // No cut lists it: it is newer than the last one, or was being removed. Records that are missing must not read as "unchanged".
                Image image = Images.Restore(id, header.Identity);
                image.LineageSince = host.Generation + 1;
                image.LineageBroken = "the image was not known to the catalog";
                return image;
            }
        }
        return null;
    }

    private void HoldImages(Snapshot snapshot)
    {
        if (snapshot.LossOf(ImageId.None) is not null)
            return;
        try
        {
            foreach (FileListEntry entry in snapshot.Files.Images)
            {
                if (Images.Find(entry.Image) is not { } image)
                    snapshot.Lose(entry.Image, "the catalog doesn't know the image any more");
                else if (snapshot.LossOf(entry.Image) is null)
                    image.Hold(snapshot.Number, entry.Attributes.Size);
            }
        }
        catch (SystemException e)
        {
            // Damage, or something that nobody thought of: this snapshot's loss, and not that of the mount.
            snapshot.Lose(ImageId.None, e.Message);
            host.Log(new(true, $"snapshot '{snapshot.Name}' is lost: {e.Message}; the images are untouched. Release it."));
        }
    }

    /// <summary>Ends what a release that was interrupted had begun: stores that no held snapshot looks into.</summary>
    private void SweepStores()
    {
        var folders = new List<string>();
        Require(host.Preserve.List("", folders), "the preserve directory can't be listed");
        foreach (string folder in folders)
        {
            ImageId id = StatePaths.ImageOf(folder);
            if (id == ImageId.None)
                continue;
            Image? image = Images.Find(id);
            var files = new List<string>();
            Require(host.Preserve.List(folder, files), "the preserve directory can't be listed");
            foreach (string file in files)
            {
                long number = Math.Max(StatePaths.GenerationOf(file, StatePaths.DataSuffix), StatePaths.GenerationOf(file, StatePaths.SumsSuffix));
                if (number >= 0 && image?.HoldsUpTo(number) != true)
                    _ = host.Preserve.Delete($"{folder}/{file}");
            }
        }
    }

    private void SweepRetained()
    {
        var ids = new List<ImageId>();
        Require(backing.ListRetained(ids), "retained images can't be listed");
        foreach (ImageId id in ids)
        {
            if (Images.Find(id) is not { IsHeld: true } image)
            {
                _ = backing.DropRetained(id);
                continue;
            }
            image.Retained = true;
            // It may have a name left: it has to be found by its place, so that the hidden link isn't counted there.
            if (backing.OpenImage(id, image.Identity, [], out IBackingFile? file) != FsError.None)
                continue;
            using (file)
            {
                if (file!.GetAttributes(out FileAttributes attributes) != FsError.None)
                    continue;
                Images.Add(attributes.Key, image.Identity);
                image.RetainedBytes = attributes.Blocks * 512;
                host.Space.Count(image.RetainedBytes);
            }
        }
    }

    private static bool IsFull(FsError error) => error is FsError.NoSpace or FsError.QuotaExceeded;

    private static void Require(FsError error, string what)
    {
        if (IsFull(error))
            throw new CatalogException(error, $"{what}: {NoRoom}");
        if (error is not (FsError.None or FsError.NotFound))
            throw new CatalogException(error, $"{what} ({error}); make the state directory readable or name another one");
    }
}
