using System.Collections.Concurrent;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Space;
using VdFs.Core.Storage;

namespace VdFs.Core;

/// <summary>Room for pre-images, and what happens when there is none: snapshots are given up, writers wait, or writers fail.</summary>
/// <remarks>
/// What must hold: whoever waits or gives up is outside of the gate and holds no lock of an image; a snapshot that is given up is lost as a whole before any
/// of its stores goes; and every round of giving up takes a held snapshot, or an image out of all of them, so that there is an end.
/// </remarks>
public sealed partial class Engine
{
    /// <summary>One giving up at a time. Taken while nothing else is held; the cut lock may be taken below it, never the other way round.</summary>
    private readonly Lock givingUp = new();

    /// <summary>Losses that the catalog is yet to be told of: many come at once when room runs out, and each commit takes some.</summary>
    private readonly ConcurrentQueue<CatalogLoss> untold = new();

    private volatile WhenFull whenFull;

    /// <summary>Where requests wait that need room.</summary>
    public WaitingRoom WaitingRoom { get; } = new();

    public Outcome Set(SpaceSettings settings)
    {
        if (settings.WaitLimit is { } wait)
        {
            if (wait < TimeSpan.Zero)
                return Outcome.Failed(FsError.InvalidArgument, "a limit of time can't be negative; nothing was changed");
            WaitingRoom.Limit = wait;
        }
        if (settings.WhenFull is { } policy)
        {
            whenFull = policy;
            host.GivesUp = policy == WhenFull.GiveUp;
        }
        if (settings.Limit is { } limit)
            host.Space.Limit = limit;
        // Another policy is a reason to look again, too.
        host.Space.MadeRoom();
        host.Log(new(false, $"the preserve store may hold {(host.Space.Limit.IsNone ? "what its filesystem has room for" : host.Space.Limit.ToString())}; when it is full, {WhatHappensWhenFull()}"));
        return Outcome.Success;
    }

    /// <summary>Before an engine is opened on a full state directory: gives back what is set aside there. False: there was nothing.</summary>
    public static bool GiveReserveBack(Storage.IStorage state) => StateReserve.GiveAllBack(state);

    /// <summary>Looks after space: to be called now and then (some seconds), as others use the filesystems too.</summary>
    public void LookAfterSpace()
    {
        host.Space.Look();
        reserve.Refill();
        if (!untold.IsEmpty)
            InBackground(TellLosses);
    }

    /// <summary>How often room was made; to be read before an operation that may call <see cref="MakeRoom"/>.</summary>
    public long RoomRounds => host.Space.Rounds;

    /// <summary>
    /// An operation found no room, and left the gate. None: it is to be repeated. Else its answer: an error, <see cref="FsError.MustWait"/> if only a thread that may wait can
    /// make room, or <see cref="FsError.MustWaitForSpace"/>.
    /// </summary>
    /// <param name="rounds"><see cref="RoomRounds"/> from before the operation.</param>
    public FsError MakeRoom(Worker worker, Image image, long rounds)
    {
        switch (whenFull)
        {
            case WhenFull.Fail:
                host.Space.TellFull("writers that need room get ENOSPC, and their images are untouched");
                return FsError.NoSpace;
            case WhenFull.Wait:
                host.Space.TellFull($"writers that need room wait up to {WaitingRoom.Limit.TotalSeconds:0.#} s, then get ENOSPC");
                return worker.WaitsForSpace ? FsError.MustWaitForSpace : FsError.NoSpace;
            default:
                if (!worker.MayWait)
                    return FsError.MustWait;
                GiveUpTheOldest(image, rounds);
                return FsError.None;
        }
    }

    /// <summary>Takes room for an image that loses its name and that a snapshot needs. Inside the gate; after an error nothing is taken.</summary>
    public FsError TakeForRetained(long bytes) => host.Space.TryTakeOutside(bytes) ? FsError.None : FsError.MustWaitForSpace;

    /// <summary>The hidden link could not be made after all.</summary>
    public void ReturnForRetained(long bytes) => host.Space.Return(bytes);

    private void GiveUpTheOldest(Image image, long rounds)
    {
        lock (givingUp)
        {
            // Somebody was faster: there may be room.
            if (host.Space.Rounds != rounds)
                return;
            Snapshot? cut = uncommitted;
            IEnumerable<Snapshot> held = Snapshots.All.Where(s => s.Held);
            Snapshot? oldest = (cut is null ? held : held.Append(cut)).FirstOrDefault(s => s.LossOf(ImageId.None) is null);
            if (oldest is null || host.Space.Used <= 0)
            {
                // Nothing that could be given back: no other image's views are lost for this one.
                GiveUp(image, "there is no room for its pre-images");
                host.Space.MadeRoom();
                return;
            }
            GiveUp(oldest);
        }
    }

    /// <summary>A whole snapshot is lost, and what only it needed is reclaimed at once.</summary>
    private void GiveUp(Snapshot snapshot)
    {
        long before = host.Space.Used;
        const string reason = "the preserve store was full, and this was the oldest snapshot";
        snapshot.Lose(ImageId.None, reason);
        bool retained = false;
        foreach (Image image in Images.All)
        {
            image.Unhold(snapshot.Number);
            retained |= image.Retained && !image.IsHeld;
        }
        TellLosses(new CatalogLoss(snapshot.Number, ImageId.None, reason));
        foreach (Image image in Images.All)
            image.ReclaimStores(snapshot.Number);
        // A cut that is just being made holds this lock for as long as it scans; what is retained can wait for it then, the writers need not.
        if (retained && cutLock.TryEnter(options.GateLimit))
        {
            DropRetained();
            cutLock.Exit();
        }
        else if (retained)
        {
            InBackground(DropRetainedLater);
        }
        host.Space.MadeRoom();
        host.Log(new(true, $"snapshot '{snapshot.Name}' is given up: {reason}. {(before - host.Space.Used) >> 20} MiB are free again, images go on being written and recorded, newer snapshots are held. Release it, and raise the limit or free room where pre-images lie."));
    }

    private void TellLosses(params ReadOnlySpan<CatalogLoss> losses)
    {
        foreach (CatalogLoss loss in losses)
            untold.Enqueue(loss);
        InBackground(TellLosses);
    }

    /// <summary>What can't be told now is told later; until then a restart finds it in the records.</summary>
    private void TellLosses()
    {
        lock (untold)
        {
            var losses = new List<CatalogLoss>();
            while (untold.TryDequeue(out CatalogLoss? loss))
                losses.Add(loss);
            if (losses.Count == 0)
                return;
            try
            {
                catalog.AddLosses(losses);
            }
            catch (CatalogException)
            {
                losses.ForEach(untold.Enqueue);
                throw;
            }
        }
    }

    private void DropRetainedLater()
    {
        lock (cutLock)
        {
            if (ended)
                return;
            DropRetained();
            host.Space.MadeRoom();
        }
    }

    private void NoLongerRetained(Image image)
    {
        image.Retained = false;
        host.Space.Return(image.RetainedBytes);
        image.RetainedBytes = 0;
    }

    /// <summary>At start, after what nothing looks into was removed.</summary>
    private void CountStores()
    {
        foreach (Image image in Images.All)
        {
            foreach (ImageGeneration generation in image.Generations)
            {
                if (image.HoldsUpTo(generation.Number))
                    generation.CountStored();
            }
        }
    }

    /// <summary>At start: what notes say of images without records, and what can't be read of them.</summary>
    private void RestoreUnrecorded(List<(ImageId Image, long Generation)> newer)
    {
        foreach ((ImageId id, long generation) in host.Unrecorded.Notes)
        {
            // One that the catalog doesn't know is new since the last cut: all of it counts as changed anyway.
            if (generation > host.Generation)
                newer.Add((id, generation));
            if (generation > host.Generation || Images.Find(id) is not { } image)
                host.Unrecorded.Forget(id, generation);
            else
                image.AddUnrecorded(generation);
        }
    }

    /// <summary>
    /// At start, with the snapshots held: a record that says only that everything changed was written when bits and pre-images could not be kept any more, so
    /// snapshots that look into it are lost for the image, whether the catalog could be told or not.
    /// </summary>
    private void LoseWhatWasNotKept()
    {
        const string reason = "its changes could not be recorded block by block";
        var losses = new List<CatalogLoss>();
        foreach (Image image in Images.All.Where(i => i.IsHeld))
        {
            long last = image.Generations.LastOrDefault(g => image.HoldsUpTo(g.Number) && g.SaysAllChanged())?.Number ?? -1;
            foreach (Snapshot snapshot in Snapshots.All.Where(s => s.Held && s.Number <= last && s.LossOf(image.Id) is null && image.Holds(s.Number)))
            {
                snapshot.Lose(image.Id, reason);
                image.Unhold(snapshot.Number);
                losses.Add(new CatalogLoss(snapshot.Number, image.Id, reason));
            }
        }
        if (losses.Count != 0)
            catalog.AddLosses(losses);
        if (host.Unrecorded.Damaged == 0)
            return;
        Distrust([.. Images.All], "the notes of images without change records are damaged");
        host.Unrecorded.ForgetDamaged();
    }

    private SpaceStatus DescribeSpace()
    {
        (long used, long limit, int percent, bool full) = host.Space.Describe();
        WhenFull policy = whenFull;
        string warning = full || percent >= 95 ? $"full or nearly full: {WhatHappensWhenFull()}" : percent >= 80 ? $"{percent} % full: when it is full, {WhatHappensWhenFull()}" : "";
        return new SpaceStatus(
            used, Images.All.Total(i => i.RetainedBytes), limit, host.Space.Limit.ToString(), percent,
            policy switch { WhenFull.Wait => "wait", WhenFull.Fail => "fail", _ => "give-up" }, WaitingRoom.Limit.TotalSeconds, WaitingRoom.Waiting, warning, reserve.Held, reserve.Size);
    }

    private string WhatHappensWhenFull() => whenFull switch
    {
        WhenFull.Wait => $"writers that need room wait up to {WaitingRoom.Limit.TotalSeconds:0.#} s, then get ENOSPC",
        WhenFull.Fail => "writers that need room get ENOSPC",
        _ => "the oldest snapshot is given up",
    };
}
