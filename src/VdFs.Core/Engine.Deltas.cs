using System.IO;
using VdFs.Core.Catalog;
using VdFs.Core.Checksums;
using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Inodes;
using VdFs.Core.Qcow2;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core;

/// <summary>Deltas: `A..B`, what changed between two cuts, and `..B`, all of one; each image as a qcow2.</summary>
/// <remarks>
/// What must hold: in a delta, a cluster that isn't in a layout was not changed between the cuts; a layout, once it was shown, is never another; and nothing is answered of a delta
/// whose newer cut is not held, or has lost the image.
/// </remarks>
public sealed partial class Engine
{
    private readonly DeltaStore deltaStore;

    /// <summary>Deltas that were looked at.</summary>
    public DeltaSet Deltas { get; } = new();

    /// <summary>
    /// Finds the delta of two cuts by their names, and gives it a number if nobody looked at it before: then the catalog is written to. <paramref name="older"/> empty: all of the newer one.
    /// </summary>
    /// <param name="mayWait">False: <see cref="FsError.MustWait"/> if it has to be made.</param>
    /// <returns><see cref="FsError.NotFound"/>: there are no such cuts, or the newer one isn't held; <see cref="FsError.InvalidArgument"/>: the older one isn't older.</returns>
    public Outcome FindDelta(string older, string newer, bool mayWait, out Delta? delta)
    {
        delta = null;
        Outcome outcome = FindCuts(older, newer, out Snapshot? from, out Snapshot? to);
        if (!outcome.Succeeded)
            return outcome;
        delta = Deltas.Find(from?.Number ?? 0, to!.Number);
        if (delta is not null)
            return Outcome.Success;
        if (!mayWait)
            return Outcome.Failed(FsError.MustWait, "");
        lock (cutLock)
        {
            outcome = FindCuts(older, newer, out from, out to);
            if (!outcome.Succeeded)
                return outcome;
            delta = Deltas.Find(from?.Number ?? 0, to!.Number);
            if (delta is not null)
                return Outcome.Success;
            var row = new CatalogDelta(0, from?.Number ?? 0, from?.CutId ?? [], from?.Time ?? DateTimeOffset.UnixEpoch, from?.Name ?? "", to.Number, to.Name);
            if (Inodes.Pool.TakeRow(Delta.InodesOf(to.Files)) is not { } numbers)
                return Outcome.Failed(FsError.NoSpace, "there are not enough inode numbers in a row left for it; release snapshots and forget checkpoints");
            row = row with { FirstInode = numbers.First };
            Delta? made = null;
            outcome = Try(() => made = new Delta(row with { Number = catalog.AddDelta(row, Inodes.Pool.Window) }, to, StateId, isNew: true));
            if (made is not null)
                Deltas.Add(delta = made);
            Inodes.Pool.Settle([numbers]);
            return outcome;
        }
    }

    /// <summary>
    /// How an image of a delta is laid out: as it was shown before, or, at first look, from the change records and where its view has data. Blocks, and for long where much has changed: never on a thread
    /// that may not wait.
    /// </summary>
    /// <param name="delta">Its newer cut is held, or the answer is an error.</param>
    /// <param name="entry">A name of the image in the newer cut's file list.</param>
    /// <param name="image">The image.</param>
    /// <param name="file">The image as it is now.</param>
    /// <param name="layout">Null with an error.</param>
    public Outcome LayOut(Delta delta, FileListEntry entry, Image image, IFile file, out DeltaImage? layout)
    {
        lock (delta.Laying(entry.Index))
        {
            layout = Deltas.Kept(delta, entry.Index);
            if (layout is not null)
                return Outcome.Success;
            bool known = delta.TryGetInfo(entry.Index, out DeltaImageInfo info);
            layout = deltaStore.Read(delta, entry.Index, image.Id, out uint sum);
            bool stored = layout is not null;
            bool anew = layout is null && !delta.IsNew;
            if (layout is null)
            {
                Outcome outcome = Compute(delta, entry, image, file, out layout, out sum, out stored);
                if (!outcome.Succeeded)
                    return outcome;
            }
            if (!known)
                info = new DeltaImageInfo(layout!.Layout.Length, layout.Layout.AllocatedBytes, delta.Describe(layout).LongLength, sum, stored, anew);
            if (info.Sum != sum || !delta.Note(entry.Index, info))
            {
                layout = null;
                return Outcome.Failed(FsError.Io, "how it is laid out could not be kept for want of room in the state directory, and comes out otherwise now; make room, release the snapshot and cut another");
            }
            Deltas.Keep(delta, layout!);
            return Outcome.Success;
        }
    }

    /// <summary>The images that the older cut of a delta had and the newer one has not, as the file that tells.</summary>
    /// <exception cref="CatalogException">A file list can't be read.</exception>
    public Outcome TellDeleted(Delta delta, out byte[] json)
    {
        json = [];
        try
        {
            lock (cutLock)
            {
                if (FindOlder(delta) is not { } older)
                    return OlderIsGone(delta);
                json = Deleted(delta, older).Write();
                return Outcome.Success;
            }
        }
        catch (CatalogException e)
        {
            return Outcome.Failed(e.Error, e.Message);
        }
    }

    private static DeletedImages Deleted(Delta delta, Snapshot older)
    {
        try
        {
            HashSet<ImageId> there = [.. delta.Newer.Files.Images.Select(e => e.Image)];
            return new DeletedImages(delta.From!, delta.To, [.. older.Files.Images
                .Where(e => !there.Contains(e.Image))
                .Select(e => new DeletedImage(older.Files.PathOf(e), delta.NameOf(e.Image), e.Attributes.Size))]);
        }
        catch (InvalidDataException e)
        {
            return new DeletedImages(delta.From!, delta.To, [], e.Message);
        }
    }

    private Outcome FindCuts(string older, string newer, out Snapshot? from, out Snapshot? to)
    {
        from = older.Length == 0 ? null : Snapshots.Find(older);
        to = Snapshots.Find(newer);
        if (to is null || (from is null && older.Length != 0))
            return Outcome.Failed(FsError.NotFound, $"there is no snapshot or checkpoint '{(to is null ? newer : older)}'; `snapshot list` shows those that are");
        if (!to.Held)
            return Outcome.Failed(FsError.NotFound, $"'{newer}' is a checkpoint: its content was released; a delta needs its newer end held");
        return from is not null && from.Number >= to.Number
            ? Outcome.Failed(FsError.InvalidArgument, from == to ? $"both ends are '{newer}'; name an older cut first" : $"'{older}' was cut after '{newer}'; name the older one first")
            : Outcome.Success;
    }

    /// <summary>From records and view, and stored for later workers where there is room.</summary>
    private Outcome Compute(Delta delta, FileListEntry entry, Image image, IFile file, out DeltaImage? layout, out uint sum, out bool stored)
    {
        layout = null;
        stored = false;
        sum = 0;
        try
        {
            DeltaPlan plan;
            // Forgetting a checkpoint joins records; not meanwhile.
            lock (cutLock)
            {
                if (delta.Older != 0 && FindOlder(delta) is null)
                    return OlderIsGone(delta);
                plan = Plan(delta, entry, image);
            }
            IReadOnlyList<ClusterRun> runs = RunsOf(delta, entry, image, file, plan);
            int bits = plan.Full ? plan.Fit(ref runs) : plan.ClusterBits;
            layout = new DeltaImage(entry.Index, image.Id, entry.Attributes.Size, plan.Reason, plan.FormerPath, plan.Backing, plan.Full, bits, runs);
        }
        catch (CatalogException e)
        {
            return Outcome.Failed(e.Error, e.Message);
        }
        catch (Qcow2Exception e)
        {
            return Outcome.Failed(e.Error, e.Message);
        }
        byte[] bytes = DeltaImageFormat.Write(layout, delta);
        sum = DeltaStore.SumOf(bytes);
        stored = deltaStore.Write(delta, entry.Index, bytes);
        if (!stored && Interlocked.Exchange(ref toldUnstored, 1) == 0)
            host.Log(new(false, "there is no room in the state directory for the layouts of deltas: they are served from memory, and what is being read of them ends with an I/O error if VdFs has to start again. Make room there."));
        // A release removes the layouts after this changes: one of both sees the other.
        if (delta.Newer.Held)
            return Outcome.Success;
        deltaStore.Remove(delta.Number);
        layout = null;
        return Outcome.Failed(FsError.Io, "the snapshot was released");
    }

    private int toldUnstored;

    /// <summary>The older cut, if it still has a name and is the one that was meant.</summary>
    private Snapshot? FindOlder(Delta delta) =>
        Snapshots.Find(delta.Older) is { } older && older.CutId.AsSpan().SequenceEqual(delta.OlderId) ? older : null;

    private static Outcome OlderIsGone(Delta delta) =>
        Outcome.Failed(FsError.Io, $"the checkpoint '{delta.From!.Name}' was forgotten, and with it what changed since; what was looked at before can still be read");

    /// <summary>Under the cut lock: whether it can be a delta, on top of what, and which blocks are in it.</summary>
    private DeltaPlan Plan(Delta delta, FileListEntry entry, Image image)
    {
        if (FindOlder(delta) is not { } older)
            return DeltaPlan.Standalone("", entry.Attributes.Size);
        byte[] path = delta.Newer.Files.PathOf(entry);
        byte[]? former;
        string reason;
        try
        {
            former = FormerPath(older, path, image.Id);
            reason = older.LossOf(image.Id) is { } loss ? $"the image is lost in '{older.Name}', so that no backup of that may be whole: {loss}" : WhyFull(image, older);
        }
        catch (InvalidDataException e)
        {
            return DeltaPlan.Standalone($"what '{older.Name}' held is not known: {e.Message}", entry.Attributes.Size);
        }
        if (reason.Length != 0)
            return DeltaPlan.Standalone(reason, entry.Attributes.Size);
        byte[] backing = DeltaNames.Relative(path, former!, older.Time);
        if (backing.Length > Qcow2Limits.MaxBackingName)
            return DeltaPlan.Standalone($"the way to its former file has more than {Qcow2Limits.MaxBackingName} bytes, which a qcow2 can't hold", entry.Attributes.Size);
        (long First, long Count)[] changed = [.. image.ChangedRuns(older.Number, delta.Newer.Number - 1, Block.Count(entry.Attributes.Size))];
        // Reading the records may have found them damaged.
        reason = WhyFull(image, older);
        return reason.Length != 0 ? DeltaPlan.Standalone(reason, entry.Attributes.Size) : new DeltaPlan(false, "", former!.AsSpan().SequenceEqual(path) ? null : former, backing, changed, entry.Attributes.Size);
    }

    /// <summary>Where the image was at the older cut: of several names the same as now, else the first. Null: it was not.</summary>
    private static byte[]? FormerPath(Snapshot older, byte[] path, ImageId image)
    {
        if (older.Files.FindPath(path) is { } same && same.Image == image)
            return path;
        return older.Files.FindImage(image) is { } entry ? older.Files.PathOf(entry) : null;
    }

    private static ClusterRun[] RunsOf(Delta delta, FileListEntry entry, Image image, IFile file, DeltaPlan plan)
    {
        long size = entry.Attributes.Size;
        int bits = plan.ClusterBits;
        var runs = new RunBuilder(bits, plan.Full ? ClusterKind.Unallocated : ClusterKind.Zero);
        var holes = new HoleCursor(file);
        foreach ((long first, long end) in plan.Clusters(size))
        {
            runs.Begin(first);
            image.DescribeView(delta.Newer.Number, size, holes, first << bits, end << bits, runs);
            runs.End(end);
        }
        return runs.Runs;
    }

    /// <summary>At start, once snapshots are restored.</summary>
    private void RestoreDeltas(CatalogContents contents)
    {
        foreach (CatalogDelta row in contents.Deltas)
        {
            if (Snapshots.Find(row.Newer) is { Held: true } newer)
                Deltas.Add(new Delta(row, newer, StateId, isNew: false));
        }
        deltaStore.Sweep([.. Deltas.All.Select(d => d.Number)]);
    }

    /// <summary>The newer cut is no longer held.</summary>
    private void DropDeltas(Snapshot newer)
    {
        foreach (Delta gone in Deltas.Remove(newer))
            deltaStore.Remove(gone.Number);
    }
}
