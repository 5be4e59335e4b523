using VdFs.Core.Backups;
using VdFs.Core.Catalog;
using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Inodes;
using VdFs.Core.Snapshots;
using VdFs.Core.Space;
using VdFs.Core.Storage;

namespace VdFs.Core;

/// <summary>
/// The engine of one mount: its images, their change records and pre-images, and the snapshots. Knows storage and images; no kernel, no
/// network, no command line.
/// </summary>
/// <remarks>
/// Order of locks: <c>givingUp</c>, then <c>cutLock</c> (commands), then the gate (closing it), then an image's locks. Commands take <c>cutLock</c> while nothing else is
/// held; nobody takes it inside the gate.
/// </remarks>
public sealed partial class Engine : ISnapshotService, IDisposable
{
    private readonly ImageHost host;
    private readonly ICatalog catalog;
    private readonly IBackingTree backing;
    private readonly EngineOptions options;
    private readonly ImageIdentifier identifier;
    private readonly StateReserve reserve;

    /// <summary>One command at a time: cuts, releases, renames.</summary>
    private readonly Lock cutLock = new();

    /// <summary>The snapshot of a cut that is made but not in the catalog yet: what is lost meanwhile is lost in it too.</summary>
    private volatile Snapshot? uncommitted;

    private readonly DepartedImages departed = new();

    private bool ended;
    private readonly CutClock clock;
    private double lastCutMilliseconds;

    private Engine(ImageHost host, IStorage state, ICatalog catalog, IBackingTree backing, StateReserve reserve, LiveInodes liveInodes, EngineOptions options)
    {
        this.host = host;
        this.catalog = catalog;
        this.backing = backing;
        this.reserve = reserve;
        this.options = options;
        clock = new CutClock(options.Clock);
        Images = new ImageRegistry(host, () => catalog.ReserveImageIds(ImageRegistry.IdsAtOnce));
        identifier = new ImageIdentifier(backing, Images);
        deltaStore = new DeltaStore(state);
        LiveInodes = liveInodes;
        Inodes = new SnapshotInodes(catalog, Snapshots, Deltas, Images, liveInodes);
        host.GiveUp = GiveUp;
        host.MakeRoom = MakeRoom;
        host.Space.Consequence = WhatHappensWhenFull;
        host.Space.RoomMade = () => WaitingRoom.RoomMade();
        whenFull = options.WhenFull;
        host.GivesUp = whenFull == WhenFull.GiveUp;
        WaitingRoom.Limit = options.WhenFullLimit;
        host.BreakLineage = BreakLineage;
        host.Departed = Departed;
        host.CannotServe = CannotServe;
        host.StopBeingDurable = StopBeingDurable;
        host.Intents.Filled = StartTending;
        tender = options.Clock.CreateTimer(_ => InBackground(TendIntents), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public Gate Gate => host.Gate;

    public ImageRegistry Images { get; }

    public SnapshotSet Snapshots { get; } = new();

    /// <summary>What views and deltas are numbered by.</summary>
    public SnapshotInodes Inodes { get; }

    /// <summary>What files of the live tree are numbered by, if their own numbers can't be shown.</summary>
    public LiveInodes LiveInodes { get; }

    public DirtySet Dirty => host.Dirty;

    /// <summary>Something about snapshots changed that clients may remember differently: a name below `.snapshots`, or a whole view. Called after the change, under no lock but the commands'.</summary>
    public Action<SnapshotEvent> Changed { get; set; } = static _ => { };

    /// <summary>Whether deleting an image may take something from a snapshot, be it one that is cut and not in the catalog yet.</summary>
    public bool HasHeldSnapshots => uncommitted is not null || Snapshots.All.Any(s => s.Held);

    public EngineStatus Status()
    {
        long preserved = Images.All.Total(i => i.Generations.Total(g => g.PreservedBytes));
        _ = host.Preserve.GetSpace(out long preserveFree, out _);
        _ = host.State.GetSpace(out long stateFree, out _);
        long generation = host.Generation;
        return new EngineStatus(
            generation, Images.Count, Images.All.Count(i => i.CurrentRecordNumber == generation), host.RecordedBlocks, host.PreservedBlocks,
            preserved, preserveFree, stateFree, Volatile.Read(ref lastCutMilliseconds), DescribeSpace())
        {
            ClockBehindSeconds = clock.Behind.TotalSeconds,
        };
    }

    public IReadOnlyList<SnapshotInfo> List()
    {
        IReadOnlyList<Snapshot> all = Snapshots.All;
        var infos = new SnapshotInfo[all.Count];
        for (int i = 0; i < infos.Length; i++)
            infos[i] = Describe(all[i], i + 1 < all.Count ? all[i + 1].Number - 1 : long.MaxValue);
        return infos;
    }

    /// <summary>Ends with everything on stable storage, so that the next mount may trust it. The mount no longer serves.</summary>
    public Outcome Stop()
    {
        lock (cutLock)
        {
            StopTending();
            foreach (Image image in Images.All)
                image.SealRecords(long.MaxValue);
            FsError error = host.Intents.IsTainted ? FsError.Io : SyncEverything();
            if (error == FsError.None)
                error = host.Intents.Clear();
            if (error != FsError.None)
                host.NoteStorageFailure("what was written could not be brought to stable storage", error);
            if (error != FsError.None)
                return Outcome.Failed(error, $"the change records could not be brought to stable storage ({error}); the images are untouched, and the next mount trusts them only if the machine isn't restarted before");
            try
            {
                CatalogSeal[] seals = SealImages();
                TellLosses();
                catalog.EndMount(seals);
                return Outcome.Success;
            }
            catch (CatalogException e)
            {
                return Outcome.Failed(e.Error, e.Message);
            }
        }
    }

    public void Dispose()
    {
        lock (cutLock)
            ended = true;
        StopTending();
        foreach (Image image in Images.All)
            image.Dispose();
        host.Intents.Dispose();
        host.Records.Dispose();
        host.Unrecorded.Dispose();
        LiveInodes.Dispose();
        reserve.Dispose();
        catalog.Dispose();
        host.Gate.Dispose();
    }

    private SnapshotInfo Describe(Snapshot snapshot, long lastGeneration)
    {
        long preserved = 0;
        if (snapshot.Held)
        {
            preserved = Images.All.Total(i => i.Generations
                .Where(g => g.Number >= snapshot.Number && g.Number <= lastGeneration).Total(g => g.PreservedBytes));
        }
        return new SnapshotInfo(
            snapshot.Name, Convert.ToHexStringLower(snapshot.CutId), snapshot.Number, snapshot.Time, snapshot.Held,
            snapshot.Images, snapshot.Bytes, preserved, snapshot.Held ? snapshot.State : "checkpoint")
        {
            Repository = snapshot.Repository, Backup = snapshot.Backup == BackupState.None ? "" : snapshot.Backup.ToString().ToLowerInvariant(),
            Clock = snapshot.Clock, Warning = snapshot.Warning,
        };
    }

    /// <summary>Pre-images of an image can't be kept: no held snapshot may be believed about it from here on. Called by writers, inside the gate.</summary>
    private void GiveUp(Image image, string reason)
    {
        LoseHeld(image, reason);
        host.Log(new(true, $"image {image.Id}: {reason}; it goes on being written and recorded, but the held snapshots that have it are lost for this image. Make room for pre-images and cut a new snapshot."));
    }

    /// <summary>
    /// A view's read fails closed: said once per snapshot and image, and only if nothing else said so: a snapshot that is released or lost in the meantime finds no stores.
    /// </summary>
    private void CannotServe(Image image, long cut, long generation, long block)
    {
        if (Snapshots.Find(cut) is not { Held: true } snapshot || snapshot.LossOf(image.Id) is not null)
            return;
        string reason = $"the pre-image of block {block}, kept in generation {generation}, is missing or damaged";
        if (snapshot.Damage(image.Id, reason))
            host.Log(new(true, $"image {image.Id} in snapshot '{snapshot.Name}': {reason}; reads of such places give an I/O error, all others are right. `vdfs check` finds them all; copy what can be read, and release the snapshot."));
    }

    /// <summary>A view found that its image is not what it was: no held snapshot may be believed about it.</summary>
    public void LoseImage(Image image, string reason)
    {
        LoseHeld(image, reason);
        host.Log(new(true, $"image {image.Id}: {reason}; the held snapshots that have it are lost for this image. Restore it, or release them."));
    }

    private void BreakLineage(Image image, string reason)
    {
        image.LineageSince = host.Generation + 1;
        image.LineageBroken = reason;
        LoseHeld(image, reason);
        CatalogImage row = RowOf(image);
        InBackground(() => catalog.PutImages([row]));
        host.Log(new(true, $"image {image.Id}: {reason}; its changes are known again from the next snapshot on, and the next backup of it is a full one."));
    }

    private void LoseHeld(Image image, string reason)
    {
        HeldCuts lost = image.UnholdAll();
        // In this order: what is no longer uncommitted is among all.
        Snapshot? cut = uncommitted;
        IEnumerable<Snapshot> held = Snapshots.All.Where(s => s.Held);
        CatalogLoss[] losses = [.. (cut is null ? held : held.Append(cut))
            .Where(s => lost.NewestUpTo(s.Number) == s.Number && s.Lose(image.Id, reason))
            .Select(s => new CatalogLoss(s.Number, image.Id, reason))];
        if (losses.Length == 0)
            return;
        TellLosses(losses);
        InBackground(() => ReclaimLost(image));
    }

    /// <summary>Pre-images that no view shows any more: their room may be what the next image needs.</summary>
    private void ReclaimLost(Image image)
    {
        lock (cutLock)
        {
            if (ended)
                return;
            image.ReclaimStores(0);
            DropRetained();
            host.Space.MadeRoom();
        }
    }

    /// <summary>
    /// The catalog is never on the path of a write. Until it is told, a restart is safe all the same: a block that is recorded without a pre-image
    /// is answered with EIO.
    /// </summary>
    private void InBackground(Action commit) => options.Background(() =>
    {
        try
        {
            commit();
        }
        catch (CatalogException e)
        {
            host.Log(new(true, e.Message));
        }
        catch (ObjectDisposedException)
        {
            // The engine ended meanwhile.
        }
    });

    private static CatalogImage RowOf(Image image) => new(image.Id, image.Identity, image.LineageSince, image.LineageBroken);
}
