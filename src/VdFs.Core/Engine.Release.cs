using VdFs.Core.Backups;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;

namespace VdFs.Core;

/// <summary>Releasing, renaming and forgetting.</summary>
public sealed partial class Engine
{
    public Outcome Release(string name)
    {
        lock (cutLock)
        {
            Snapshot? snapshot = Snapshots.FindHeld(name);
            return snapshot is null ? NotHeld(name) : Try(() => ReleaseSteps(snapshot));
        }
    }

    public Outcome Rename(string from, string to)
    {
        lock (cutLock)
        {
            Snapshot? snapshot = Snapshots.Find(from);
            if (snapshot is null)
                return Outcome.Failed(FsError.NotFound, $"there is no snapshot or checkpoint '{from}'; `snapshot list` shows those that are");
            if (from == to)
                return Outcome.Success;
            if (!SnapshotName.IsValid(to))
                return Outcome.Failed(FsError.InvalidArgument, $"'{to}' can't be a snapshot's name: {SnapshotName.Rule}; '{from}' keeps its name");
            Snapshot? taken = Snapshots.Find(to);
            if (taken is not null && (taken.Held || !snapshot.Held))
                return Outcome.Failed(FsError.AlreadyExists, $"there is a {(taken.Held ? "snapshot" : "checkpoint")} '{to}' already; '{from}' keeps its name");
            return Try(() =>
            {
                IReadOnlyList<(Snapshot Checkpoint, string Name)> renames = [.. SnapshotName.MakeRoom(Snapshots.All, to), (snapshot, to)];
                catalog.Rename([.. renames.Select(r => (r.Checkpoint.Number, r.Name))]);
                RenameAll(renames);
            });
        }
    }

    public Outcome Delete(string name)
    {
        lock (cutLock)
        {
            Snapshot? snapshot = Snapshots.Find(name);
            if (snapshot is null)
                return Outcome.Failed(FsError.NotFound, $"there is no snapshot or checkpoint '{name}'; `snapshot list` shows those that are");
            return Try(() =>
            {
                if (snapshot.Held)
                    ReleaseSteps(snapshot);
                if (Snapshots.All.Contains(snapshot))
                    Forget(snapshot);
            });
        }
    }

    /// <summary>Forgets a checkpoint (`rmdir .snapshots/.checkpoints/NAME`); never a snapshot.</summary>
    public Outcome ForgetCheckpoint(string name)
    {
        lock (cutLock)
        {
            Snapshot? checkpoint = Snapshots.FindCheckpoint(name);
            return checkpoint is null
                ? Outcome.Failed(FsError.NotFound, $"there is no checkpoint '{name}'; `snapshot list` shows those that are")
                : Try(() => Forget(checkpoint));
        }
    }

    /// <summary>
    /// A release, step by step: the catalog first, so that a restart does the rest; then views fail, then the stores that nobody can look into go, then
    /// what was deleted and kept only for this snapshot, then checkpoints beyond the limit.
    /// </summary>
    private void ReleaseSteps(Snapshot snapshot)
    {
        // 1. From here on it is a checkpoint, whatever happens.
        catalog.Release(snapshot.Number);

        // 2. No reader gets an answer any more, no writer preserves for it.
        snapshot.Held = false;
        foreach (Image image in Images.All)
            image.Unhold(snapshot.Number);
        Changed(new(SnapshotEventKind.Released, snapshot, snapshot.Name));
        DropDeltas(snapshot);

        // 3. Its stores, up to the next newer held cut. Reads under way end before a store is closed.
        foreach (Image image in Images.All)
        {
            image.ReclaimStores(snapshot.Number);
            image.UnloadPast();
        }

        // 4. Deleted images that only this snapshot needed; writers that wait for room may go on.
        DropRetained();
        host.Space.MadeRoom();

        // 5. The limit of checkpoints: the oldest that no backup builds on.
        while (Snapshots.All.Count(s => !s.Held) > options.MaxCheckpoints)
            Forget(Snapshots.All.Where(s => !s.Held).MinBy(s => (s.Backup != BackupState.None, s.Number))!);
    }

    /// <summary>Forgets a checkpoint: its name goes, and its change records are joined to its neighbour's where no held snapshot looks into either.</summary>
    private void Forget(Snapshot checkpoint)
    {
        catalog.Remove(checkpoint.Number);
        Snapshots.Remove(checkpoint);
        Changed(new(SnapshotEventKind.Forgotten, checkpoint, checkpoint.Name));
        JoinRecords();
    }

    /// <summary>
    /// Records of generations whose cut has no name any more are joined to the one before. In an order in which the list of records is right at every instant: seals
    /// off, bits joined and on stable storage, off the list, and only then removed. Joining twice does no harm; what fails is done by the next call.
    /// </summary>
    private void JoinRecords()
    {
        long[] cuts = [.. Snapshots.All.Select(s => s.Number)];
        // Looked at before its seal goes, which says whether it is what it was. One that isn't takes nothing in.
        RecordJoin[] joins = [.. Images.All.SelectMany(i => i.PlanJoins(cuts)).Where(j => j.Target?.Record.IsStored != false)];
        ImageGeneration[] targets = [.. joins.Select(j => j.Target).OfType<ImageGeneration>().Distinct()];
        FsError error = host.Records.Unseal([.. joins.Where(j => j.Target is not null).Select(j => (j.Image.Id, j.Target!.Number)).Distinct()]);
        if (error == FsError.None)
        {
            foreach (ImageGeneration target in targets)
                target.Unsealed();
            error = Join(joins, out List<RecordJoin> joined);
            FsError removed = host.Records.Remove([.. joined.Select(j => (j.Image.Id, j.Source.Number))]);
            foreach (RecordJoin join in removed == FsError.None ? joined : [])
                removed = join.Image.Drop(join.Source) is var failed && failed != FsError.None ? failed : removed;
            error = error == FsError.None ? removed : error;
            foreach (ImageGeneration target in targets)
                target.Seal();
        }
        foreach (Image image in Images.All)
            image.UnloadPast();
        if (error != FsError.None)
            host.Log(new(false, $"change records could not be joined ({error}); they stay apart, which costs room and nothing else"));
    }

    /// <summary>Adds what records say to their targets.</summary>
    /// <returns>An error if one of them could not be; the others are.</returns>
    private static FsError Join(RecordJoin[] joins, out List<RecordJoin> joined)
    {
        joined = [];
        FsError error = FsError.None;
        foreach (RecordJoin join in joins)
        {
            // Its own file goes for good: what it said must be on stable storage elsewhere before.
            FsError failed = join.Target?.Record.Join(join.Source.Record) ?? FsError.None;
            if (failed == FsError.None && join.Target is not null)
                failed = join.Target.Record.Sync();
            if (failed == FsError.None)
                joined.Add(join);
            else
                error = failed;
        }
        return error;
    }

    private void DropRetained()
    {
        foreach (Image image in Images.All)
        {
            if (!image.Retained || image.IsHeld)
                continue;
            FsError error = backing.DropRetained(image.Id);
            if (error == FsError.None)
                NoLongerRetained(image);
            else
                host.Log(new(true, $"image {image.Id}: its retained link could not be removed ({error}); it takes room until the next mount"));
        }
    }

    private void RenameAll(IEnumerable<(Snapshot Snapshot, string Name)> renames)
    {
        foreach ((Snapshot snapshot, string name) in renames)
        {
            string former = snapshot.Name;
            snapshot.Name = name;
            Changed(new(SnapshotEventKind.Renamed, snapshot, former));
        }
    }

    private static Outcome NotHeld(string name) =>
        Outcome.Failed(FsError.NotFound, $"no snapshot '{name}' is held; `snapshot list` shows those that are");

    private static Outcome Try(Action work)
    {
        try
        {
            work();
            return Outcome.Success;
        }
        catch (CatalogException e)
        {
            return Outcome.Failed(e.Error, e.Message);
        }
    }
}
