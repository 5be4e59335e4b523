using System.Diagnostics;
using System.Security.Cryptography;
using VdFs.Core.Backups;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Inodes;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Core;

/// <summary>
/// A cut, step by step: scan into a pending entry, close the gate, rescan what changed meanwhile, move on to the next generation, open the gate, commit, answer.
/// </summary>
/// <remarks>
/// What must hold: a cut exists from its commit on (<see cref="ICatalog.Complete"/>), and not before. A cut that was refused is never seen again, not by the next engine either: its
/// entry stays pending, and pending entries are dropped; a commit that failed is settled before the refusal is told (<see cref="CatalogSettling"/>), or is remembered
/// (<see cref="IRefusalMemory"/>). Whatever ends it in between, be it an exception that nobody thought of, withdraws it. What fails after the commit doesn't refuse it any more.
/// </remarks>
public sealed partial class Engine
{
    public Outcome Create(string name, IReadOnlyList<string> patterns, out SnapshotInfo? snapshot)
    {
        snapshot = null;
        Outcome selected = Select(patterns, out ImageSelection? selection);
        if (!selected.Succeeded)
            return selected;
        lock (cutLock)
        {
            Outcome outcome = Cut(name, selection, ByteText.Wild(string.Join('\n', patterns)), "", out Snapshot? cut);
            if (cut is not null)
                snapshot = Describe(cut, long.MaxValue);
            return outcome;
        }
    }

    /// <summary>The cut itself, for a caller that needs no description.</summary>
    public Outcome Create(string name)
    {
        lock (cutLock)
            return Cut(name, null, "", "", out _);
    }

    private static Outcome Select(IReadOnlyList<string> patterns, out ImageSelection? selection)
    {
        selection = null;
        if (patterns.Count == 0)
            return Outcome.Success;
        if (patterns.Any(p => p.Length == 0 || p.Contains('\n')))
            return Outcome.Failed(FsError.InvalidArgument, "an image pattern is empty or holds a line break; nothing was cut");
        selection = new ImageSelection(patterns);
        return Outcome.Success;
    }

    /// <param name="repository">That it is leased to; empty: to none.</param>
    private Outcome Cut(string name, ImageSelection? selection, string patterns, string repository, out Snapshot? snapshot)
    {
        snapshot = null;
        if (!SnapshotName.IsValid(name))
            return Outcome.Failed(FsError.InvalidArgument, $"'{name}' can't be a snapshot's name: {SnapshotName.Rule}; nothing was cut");
        if (Snapshots.FindHeld(name) is not null)
            return Outcome.Failed(FsError.AlreadyExists, $"a snapshot '{name}' is held already; release it first or choose another name");
        try
        {
            // 1. Scan while the mount is in use; whatever changes from here on is noted.
            Dirty.Begin();
            if (!Gate.Quiesce(options.GateLimit))
                return TimedOut(name);
            scannedSince = LiveInodes.Mark();
            FsError error = ScanTree.Scan(backing, identifier, out ScanTree? tree);
            if (error != FsError.None)
                return Outcome.Failed(error, $"the backing directory could not be scanned ({error}); nothing was cut");
            // A mistyped one would make an empty snapshot, or backup, every night.
            if (selection?.FirstIdle(tree!.ImagePaths()) is { } idle)
                return Outcome.Failed(FsError.NotFound, $"no image fits '{ByteText.Show(idle)}'; nothing was cut");
            return CutScanned(name, tree!, selection, patterns, repository, out snapshot);
        }
        catch (CatalogException e)
        {
            return Outcome.Failed(e.Error, $"snapshot '{name}' was not made: {e.Message}");
        }
        finally
        {
            _ = Dirty.End();
        }
    }

    private Outcome CutScanned(string name, ScanTree tree, ImageSelection? selection, string patterns, string repository, out Snapshot? snapshot)
    {
        snapshot = null;

        // 2. The pending entry, with everything that recovery would need to complete it.
        DateTimeOffset now = clock.Read();
        var pending = new CatalogCut(host.Generation + 1, RandomNumberGenerator.GetBytes(16), now, name, CutState.Pending, 0, 0, patterns)
        {
            Clock = now, Repository = repository, Backup = repository.Length == 0 ? BackupState.None : BackupState.Leased,
        };
        FileList scanned = tree.ToFileList(null);
        foreach (FileListEntry entry in scanned.Images)
        {
            if (Images.Find(entry.Image) is { } image)
                _ = IsUnseen(image, entry.Attributes, image.Sightings);
        }
        catalog.AddPending(pending, FileListFormat.Write(scanned), [.. NewImages().Select(RowOf)]);
        Outcome outcome;
        try
        {
            outcome = CutPending(pending, tree, selection, out snapshot);
        }
        catch (SystemException e) when (snapshot is null)
        {
            host.Log(new(true, $"snapshot '{name}': {e}"));
            outcome = Outcome.Failed(FsError.Io, $"snapshot '{name}' was not made, for a fault of VdFs ({e.Message}); the images go on as before. The log has the details: please report them");
        }
        if (snapshot is null)
            Withdraw(pending.Number);
        return outcome;
    }

    /// <summary>From the pending entry to the commit. No snapshot comes of it unless there is one when this ends, in whatever way.</summary>
    private Outcome CutPending(CatalogCut pending, ScanTree tree, ImageSelection? selection, out Snapshot? snapshot)
    {
        snapshot = null;
        string name = pending.Name;

        // 3. The gate: from here to its opening nothing changes.
        long closing = Stopwatch.GetTimestamp();
        if (!Gate.Close(options.GateLimit))
            return TimedOut(name);
        CatalogCut cut;
        FsError error;
        try
        {
            // 4. Look again at what changed since the scan.
            error = tree.Rescan(backing, identifier, Dirty.End());
            DateTimeOffset now = clock.Read();
            cut = pending with { Time = clock.Next(now), Clock = now, State = CutState.Held };

            // 5. The next generation: the instant of the cut. Its list can wait: nobody else knows this tree.
            host.Generation = cut.Number;
            uncommitted = new Snapshot(cut.Number, cut.CutId, cut.Time, cut.Name, held: true, 0, 0, () => LoadFiles(cut.Number))
            {
                Repository = cut.Repository, Backup = cut.Backup, Clock = cut.Clock,
            };
            tree.VisitImages(selection, (id, attributes) => Hold(id, attributes, cut.Number));
        }
        finally
        {
            // 6. Writers go on.
            Gate.Open();
            Volatile.Write(ref lastCutMilliseconds, Stopwatch.GetElapsedTime(closing).TotalMilliseconds);
        }

        FileList files = tree.ToFileList(selection);
        uncommitted.List(files);
        cut = cut with { Images = uncommitted.Images, Bytes = uncommitted.Bytes };

        // What was written before the cut must survive with it.
        if (error == FsError.None && host.Durable)
            error = SyncEverything();
        if (error != FsError.None)
            return Outcome.Failed(error, $"snapshot '{name}' was not made: the cut could not be recorded ({error}); the images go on as before");

        // 7. Commit, with the names of checkpoints that make room, and 8. show it.
        return CommitCut(cut, files, tree.Changed || selection is not null, tree, out snapshot);
    }

    /// <summary>With the gate closed: what is written to the image from here on, the cut doesn't have.</summary>
    private void Hold(ImageId id, in FileAttributes attributes, long cut)
    {
        if (Images.Find(id) is not { } image)
            return;
        image.Hold(cut, attributes.Size);
        image.See(attributes, cut);
    }

    /// <summary>Under the cut lock: inode numbers that were given after this are of files that the scan may have missed.</summary>
    private long scannedSince;

    private Outcome CommitCut(CatalogCut cut, FileList files, bool listChanged, ScanTree tree, out Snapshot? snapshot)
    {
        snapshot = null;
        IReadOnlyList<(Snapshot Checkpoint, string Name)> room = SnapshotName.MakeRoom(Snapshots.All, cut.Name);
        var given = new List<InodeRange>();
        try
        {
            CatalogInodes inodes = Inodes.Number(uncommitted!, given);
            Image[] images = NewImages();
            catalog.Complete(
                cut, listChanged ? FileListFormat.Write(files) : null, [.. room.Select(r => (r.Checkpoint.Number, r.Name))], [.. images.Select(RowOf)], inodes, Inodes.Pool.Window);
            foreach (Image image in images)
                image.InCatalog = true;
        }
        catch (CatalogException e)
        {
            if (e.MayComeBack)
                Remember(cut, room.Count);
            return Outcome.Failed(e.Error, $"snapshot '{cut.Name}' was not made: {e.Message}");
        }
        finally
        {
            Inodes.Pool.Settle(given);
        }
        snapshot = uncommitted!;
        (Snapshot Checkpoint, string Former)[] renamed = [.. room.Select(r => (r.Checkpoint, r.Checkpoint.Name))];
        foreach ((Snapshot checkpoint, string name) in room)
            checkpoint.Name = name;
        Snapshots.Add(snapshot);
        uncommitted = null;
        try
        {
            foreach ((Snapshot checkpoint, string former) in renamed)
                Changed(new(SnapshotEventKind.Renamed, checkpoint, former));
            Show(snapshot, cut, tree);
        }
        catch (SystemException e)
        {
            host.Log(new(true, $"snapshot '{cut.Name}' is made; after that VdFs met a fault of its own: {e}"));
        }
        return Outcome.Success;
    }

    /// <summary>The cut is committed: tells of it, and tidies up.</summary>
    private void Show(Snapshot snapshot, CatalogCut cut, ScanTree tree)
    {
        snapshot.Warning = clock.Note(cut.Name, cut.Time, cut.Clock ?? cut.Time);
        if (snapshot.Warning.Length > 0)
            host.Log(new(true, snapshot.Warning + "."));
        Changed(new(SnapshotEventKind.Created, snapshot, snapshot.Name));
        // From here on nobody writes to the records of the generation that the cut closed.
        foreach (Image image in Images.All)
            image.SealRecords(cut.Number);
        DropImagesThatAreGone(cut.Number, tree);
        LiveInodes.Forget(tree.Files, scannedSince);
    }

    /// <summary>What the commit left can neither be used nor undone now: the next engine is to drop it, should it be there.</summary>
    private void Remember(CatalogCut cut, int renamed)
    {
        options.Refusals.Refused = new RefusedCut(cut.CutId, renamed);
        host.Log(new(true, $"snapshot '{cut.Name}' was not made, and that can't be written down, as the state directory takes nothing: it is tried again every few seconds. Should the power fail before that succeeds, the snapshot may be there afterwards; delete it then."));
    }

    /// <summary>No snapshot came of it: pre-images that writers may have kept for it since are let go, and its entry goes. Should that fail, the next cut or the next start drops the entry.</summary>
    private void Withdraw(long number)
    {
        uncommitted = null;
        foreach (Image image in Images.All)
        {
            image.Unhold(number);
            image.ReclaimStores(number);
        }
        try
        {
            catalog.Remove(number);
        }
        catch (CatalogException e)
        {
            host.Log(new(false, $"the entry of a cut that was not made stays in the catalog until the next one: {e.Message}"));
        }
    }

    /// <summary>Images that had no name left at this cut, that nobody has open, and that no held snapshot needs: nothing will ask for them again.</summary>
    private void DropImagesThatAreGone(long cut, ScanTree tree)
    {
        HashSet<ImageId> present = tree.Images();
        Image[] gone = [.. Images.All.Where(i => i.MadeIn < cut && !present.Contains(i.Id) && !i.IsHeld && !i.InUse && !i.Retained)];
        if (gone.Length == 0)
            return;
        try
        {
            // The catalog first: an image that it knows is believed about the records that it has, and about those that it lacks.
            catalog.RemoveImages([.. gone.Select(i => i.Id)]);
        }
        catch (CatalogException e)
        {
            host.Log(new(false, $"what is kept of {gone.Length} deleted images could not be removed: {e.Message}; the next cut tries again"));
            return;
        }
        foreach (Image image in gone)
            image.InCatalog = false;
        Retire(gone);
    }

    /// <summary>Ends images that the catalog doesn't know and that nothing asks for; of one that a client has just opened everything stays. Under the cut lock.</summary>
    private void Retire(Image[] gone)
    {
        var retired = new List<Image>();
        foreach (Image image in gone)
        {
            if (!image.TryRetire())
                continue;
            Images.Remove(image);
            retired.Add(image);
        }
        // What stays for want of an entry is found at the next start, and goes after it.
        if (host.Records.Remove([.. retired.SelectMany(i => i.Generations.Select(g => (i.Id, g.Number)))]) != FsError.None)
            return;
        foreach (Image image in retired)
            image.DeleteState();
    }

    /// <summary>An image without a name and without clients, by a thread that may be inside the gate.</summary>
    private void Departed(Image image)
    {
        if (departed.Add(image))
            InBackground(RetireDeparted);
    }

    private void RetireDeparted()
    {
        lock (cutLock)
        {
            if (ended)
                return;
            Image[] gone = departed.Take();
            // The catalog has a row of those whose lineage broke.
            ImageId[] rows = [.. gone.Where(i => i.LineageBroken.Length != 0).Select(i => i.Id)];
            if (rows.Length != 0)
                catalog.RemoveImages(rows);
            Retire(gone);
        }
    }

    private Image[] NewImages() => [.. Images.All.Where(i => !i.InCatalog)];

    private Outcome TimedOut(string name) => Outcome.Failed(
        FsError.TimedOut,
        $"snapshot '{name}' was not made: a write was under way for more than {options.GateLimit.TotalSeconds:0.#} s; the images go on as before. Try again when the backing device is less busy");
}
