using VdFs.Core.Catalog;
using VdFs.Core.Durability;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;

namespace VdFs.Core;

/// <summary>
/// What is known to be on stable storage, and what a power cut leaves in doubt. Writers see to it that regions have intents before they change
/// (<c>Image.Intend</c>); here they end, and here they are believed after an end that wasn't clean.
/// </summary>
/// <remarks>
/// The end of an intent, in this order: its region is made cold, so that the next writer asks for the intent; nobody asks for a while; whoever saw the region warm has
/// left the gate; the region is still cold; images, stores and records are synced; still nobody has asked; it is dropped. A writer that asks in between finds it there, and it stays.
/// </remarks>
public sealed partial class Engine
{
    private const string MachineStopped = "the machine stopped, a filesystem below was mounted anew, or a sync failed while images were mounted";

    private readonly Lock tending = new();

    /// <summary>Taken inside the gate, so nothing that waits for the gate is done under it.</summary>
    private readonly Lock giveUpDurable = new();
    private readonly ITimer tender;

    /// <summary>Regions that may not be on stable storage.</summary>
    public int IntentCount => host.Intents.Count;

    /// <summary>One turn: intents that were not wanted since the last one end, the others may at the next. Called by the clock, and by tests.</summary>
    internal void TendIntents()
    {
        if (!tending.TryEnter())
            return;
        try
        {
            if (!ended)
                EndUnwantedIntents();
        }
        finally
        {
            tending.Exit();
        }
        if (!host.Intents.IsEmpty)
            return;
        // An idle mount has nothing to tend. One that is written to again in between has called StartTending before or will be seen here.
        _ = tender.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (!host.Intents.IsEmpty)
            StartTending();
    }

    private void EndUnwantedIntents()
    {
        var unwanted = new List<Intent>();
        var wanted = new List<Intent>();
        host.Intents.Turn(unwanted, wanted);
        foreach (Intent intent in wanted)
            Images.Find(intent.Image)?.Cool(intent.Region);
        if (unwanted.Count == 0 || !Gate.Quiesce(options.GateLimit))
            return;
        // Those that are still warm are made cold only now: writers that saw it may be under way until the next turn.
        Intent[] settled = [.. unwanted.Where(IsCold)];
        foreach (Intent warm in unwanted.Except(settled))
            Images.Find(warm.Image)?.Cool(warm.Region);
        if (settled.Length == 0)
            return;
        FsError error = SyncEverything();
        if (error == FsError.None)
        {
            _ = host.Intents.Drop(settled, IsCold);
            return;
        }
        // The next turn tries again.
        if (error.IsWant())
            return;
        host.Intents.Taint();
        host.Log(new(true, $"what was written could not be brought to stable storage ({error}); it goes on being written and recorded, and counts as changed at the next mount. Check the devices of images, state and preserve directory."));
    }

    private bool IsCold(Intent intent) => Images.Find(intent.Image)?.IsCold(intent.Region) != false;

    private void StartTending() => _ = tender.Change(options.IntentRest, options.IntentRest);

    private void StopTending()
    {
        tender.Dispose();
        // One that is under way ends first.
        lock (tending)
        {
        }
    }

    /// <summary>Images, then what is kept of them, then what is said of both. Everything: what a killed daemon left too, and files that were closed since.</summary>
    private FsError SyncEverything()
    {
        FsError images = backing.SyncAll();
        // Also if that failed: each tells once what became of its own, and what is lost of pre-images has to be told.
        FsError stores = host.Preserve.SyncAll();
        if (stores != FsError.None)
            DoubtPreImages(stores);
        FsError state = images == FsError.None && stores == FsError.None ? host.State.SyncAll() : FsError.None;
        return images != FsError.None ? images : stores != FsError.None ? stores : state;
    }

    /// <summary>
    /// Pre-images could not be brought to their device: those that are in no memory any more are missing there. Reads of them fail by their sums; here it is told before anybody reads.
    /// Regions with an intent are those that may have such pre-images.
    /// </summary>
    private void DoubtPreImages(FsError error)
    {
        string reason = $"its pre-images could not be brought to their device ({error}), and some may be missing";
        Snapshot? cut = uncommitted;
        Snapshot[] held = [.. Snapshots.All.Where(s => s.Held)];
        foreach (ImageId id in host.Intents.Intents.Select(i => i.Image).Distinct())
        {
            if (Images.Find(id) is not { IsHeld: true } image)
                continue;
            long newest = image.Generations.Where(g => g.PreservedBytes > 0).Select(g => g.Number).DefaultIfEmpty(-1).Max();
            string[] told = [.. (cut is null ? held : held.Append(cut)).Where(s => s.Number <= newest && image.IsHeldAt(s.Number) && s.Damage(id, reason)).Select(s => s.Name)];
            if (told.Length > 0)
                host.Log(new(true, $"image {id} in {(told.Length == 1 ? $"snapshot '{told[0]}'" : $"{told.Length} snapshots")}: {reason}. Reads of such places give an I/O error, all others are right; `vdfs check` finds them. Check the device of the preserve directory, and take a new snapshot."));
        }
    }

    /// <summary>Process death loses nothing that was handed to the kernel; a sync that failed, or a machine's death, may have lost all that was not synced.</summary>
    private bool IsLastEndTrusted(CatalogContents contents) =>
        contents.CleanEnd || (contents.BootId == options.BootId && !host.Intents.IsTainted);

    /// <summary>
    /// After a power cut: what has no intent was on stable storage; what has one counts as changed, and snapshots of such images are lost. Without intents that can be read,
    /// nothing is believed.
    /// </summary>
    private void DoubtWhatIsNotStable()
    {
        IReadOnlyList<Intent> intents = host.Intents.Intents;
        if (host.Intents.WasKept && host.Intents.WasDurable)
        {
            host.Log(new(false, $"{MachineStopped}: records and snapshots were kept on stable storage and are whole."));
            return;
        }
        if (!host.Intents.WasKept || intents.Any(i => i.Image == ImageId.None))
        {
            DistrustEverything(MachineStopped);
            return;
        }
        var failed = new List<Image>();
        var doubtful = new HashSet<ImageId>();
        foreach (IGrouping<ImageId, Intent> group in intents.GroupBy(i => i.Image))
        {
            // One that the catalog doesn't know is new since the last cut: all of it counts as changed anyway.
            if (Images.Find(group.Key) is not { } image)
                continue;
            doubtful.Add(image.Id);
            if (image.Doubt([.. group], Snapshots.All.Select(s => s.Number)) != FsError.None)
                failed.Add(image);
        }
        Distrust(failed, MachineStopped + ", and its change records can't be written");
        catalog.AddLosses([.. Snapshots.All
            .Where(s => s.Held && s.LossOf(ImageId.None) is null)
            .SelectMany(s => LossesOf(s, doubtful))]);
        host.Log(new(true, $"{MachineStopped}: {intents.Count} regions of {doubtful.Count} images count as changed, held snapshots are lost for these images, everything else is as it was. The images are untouched."));
    }

    private static IEnumerable<CatalogLoss> LossesOf(Snapshot snapshot, HashSet<ImageId> images)
    {
        try
        {
            return [.. snapshot.Files.Images.Where(e => images.Contains(e.Image) && snapshot.Lose(e.Image, MachineStopped)).Select(e => new CatalogLoss(snapshot.Number, e.Image, MachineStopped))];
        }
        catch (System.IO.InvalidDataException)
        {
            return snapshot.Lose(ImageId.None, MachineStopped) ? [new CatalogLoss(snapshot.Number, ImageId.None, MachineStopped)] : [];
        }
    }

    private void DistrustEverything(string reason)
    {
        foreach (Image image in Images.All)
        {
            image.LineageSince = host.Generation + 1;
            image.LineageBroken = reason;
        }
        Snapshot[] held = [.. Snapshots.All.Where(s => s.Held)];
        foreach (Snapshot snapshot in held)
            snapshot.Lose(ImageId.None, reason);
        catalog.PutImages([.. Images.All.Select(RowOf)]);
        catalog.AddLosses([.. held.Select(s => new CatalogLoss(s.Number, ImageId.None, reason))]);
        host.Log(new(true, $"{reason}: the images are untouched, {held.Length} held snapshots are lost, and the next backup of each image is a full one."));
    }

    /// <summary>The log of this mount: after a clean end, and once a power cut is dealt with, it is empty; what a killed daemon left goes on.</summary>
    private void BeginIntents(bool clean, bool trusted)
    {
        FsError error = FsError.None;
        bool durable = options.DurableSnapshots;
        // What an earlier mount handed over without syncing survives from here on. One that was killed left such things even if it was durable: the bits and names of what it was
        // about to bring to stable storage, which are taken for stable when they are found.
        // Nor is an intent of any use whose image isn't known by that id any more: it may be known by another.
        bool orphans = host.Intents.Intents.Any(i => i.Image != ImageId.None && Images.Find(i.Image) is null);
        bool settle = !trusted || orphans || (durable && !clean);
        if (settle)
            error = SyncEverything();
        FsError unsynced = FsError.None;
        if (error != FsError.None && trusted && !orphans)
        {
            // Only what the option promises needs the sync, and a sync that failed may succeed the next time though it lost something: from here on without it, as for one that fails later.
            (unsynced, error, durable, settle) = (error, FsError.None, false, false);
        }
        if (error == FsError.None && (settle || clean))
            error = host.Intents.Clear();
        // After a clean end nothing was left that a sync which failed in this start, or in one before it, could have lost.
        if (error == FsError.None)
            error = host.Intents.Begin(host.State, durable, settled: settle || clean, failed: unsynced != FsError.None);
        Require(error, "what may be lost by a power cut can't be written down");
        host.Durable = durable;
        if (unsynced != FsError.None)
            TellNotDurable(unsynced);
        if (!host.Intents.IsEmpty)
            StartTending();
    }

    /// <summary>A sync on the way of a first touch failed: the mount goes on as one whose snapshots don't survive power cuts, and its log says so before anything else is written.</summary>
    private FsError StopBeingDurable(FsError cause)
    {
        // The one operation fails; what is promised stays.
        if (cause.IsWant())
            return cause;
        lock (giveUpDurable)
        {
            if (!host.Durable)
                return FsError.None;
            FsError error = host.Intents.Begin(host.State, durableSnapshots: false, settled: false, failed: true);
            if (error != FsError.None)
                return error;
            host.Durable = false;
        }
        TellNotDurable(cause);
        return FsError.None;
    }

    private void TellNotDurable(FsError cause)
    {
        DoubtPreImages(cause);
        host.Log(new(true, $"pre-images could not be brought to stable storage ({cause}): held snapshots won't survive a power cut from here on. Check the devices of images, state and preserve directory, and mount again."));
    }
}
