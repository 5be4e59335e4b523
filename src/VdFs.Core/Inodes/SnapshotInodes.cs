using System.IO;
using VdFs.Core.Catalog;
using VdFs.Core.Deltas;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;

namespace VdFs.Core.Inodes;

/// <summary>
/// The inode numbers of a mount's snapshots, checkpoints and deltas: which cut takes over those of which, and what is kept of them. Its methods that number anything are for commands, under the
/// engine's cut lock.
/// </summary>
/// <remarks>
/// What must hold: no two held views, deltas or folders of checkpoints have a number in common. A cut takes numbers over from the former one of its name only if no held snapshot is of that one's family,
/// as it is if it was renamed while it was held; whatever else it needs comes from the pool, which gives nothing that the catalog has.
/// </remarks>
public sealed class SnapshotInodes
{
    private readonly ICatalog catalog;
    private readonly SnapshotSet snapshots;
    private readonly DeltaSet deltas;
    private readonly ImageRegistry images;
    private readonly LiveInodes live;

    internal SnapshotInodes(ICatalog catalog, SnapshotSet snapshots, DeltaSet deltas, ImageRegistry images, LiveInodes live)
    {
        this.live = live;
        this.catalog = catalog;
        this.snapshots = snapshots;
        this.deltas = deltas;
        this.images = images;
        Pool = new InodePool(InodePool.All, default, Kept);
    }

    public InodePool Pool { get; private set; }

    /// <summary>At start, before anything is numbered: where the pool stopped, and what cuts have.</summary>
    internal void Restore(CatalogContents contents)
    {
        Pool = new InodePool(InodePool.All, contents.InodeWindow, Kept);
        live.Pool = Pool;
        // Given by the last mount after the last commit.
        foreach (InodeRange range in live.Ranges())
            Pool.Skip(range.First);
        foreach (CatalogInodes row in contents.Inodes)
        {
            if (snapshots.Find(row.Cut) is { } snapshot)
                (snapshot.InodeFamily, snapshot.FolderInode) = (row.Family, row.Folder);
        }
    }

    /// <summary>At start, when images and records are known: views get their numbers from the catalog, and what has none (an older build's, a cut that was completed just now) is numbered.</summary>
    internal void NumberWhatHasNone()
    {
        var rows = new List<CatalogInodes>();
        var firsts = new List<(long, uint)>();
        var given = new List<InodeRange>();
        foreach (Snapshot snapshot in snapshots.All)
        {
            if (snapshot.Held)
                snapshot.Inodes = Read(snapshot);
            if (snapshot.Held ? snapshot.Inodes is null : snapshot.FolderInode == 0)
                rows.Add(Number(snapshot, given));
        }
        foreach (Delta delta in deltas.All.Where(d => d.FirstInode == 0))
        {
            if (TryFiles(delta.Newer) is not { } files || Pool.TakeRow(Delta.InodesOf(files)) is not { } row)
                continue;
            given.Add(row);
            delta.FirstInode = row.First;
            firsts.Add((delta.Number, row.First));
        }
        if (rows.Count + firsts.Count != 0)
            catalog.PutInodes(rows, firsts, Pool.Window);
        Pool.Settle(given);
    }

    /// <summary>Numbers a cut, before it is committed; nobody sees it yet.</summary>
    /// <param name="cut">The cut, with its file list.</param>
    /// <param name="given">Takes what has to be settled once it is committed or dropped.</param>
    internal CatalogInodes Number(Snapshot cut, List<InodeRange> given)
    {
        FileList? files = TryFiles(cut);
        FormerView? former = files is null || !cut.Held ? null : FindFormer(cut);
        // A checkpoint shows none of its files any more, and one that can't be read never will.
        ViewInodes inodes = files is null || !cut.Held
            ? Folder(cut, given)
            : ViewNumbering.Assign(files, cut.Number, cut.Clock ?? cut.Time, former, Pool, given);
        cut.Inodes = inodes;
        if (!cut.Held)
            cut.Inodes = null;
        return new CatalogInodes(cut.Number, inodes.Family, inodes.Folder, ViewInodesFormat.Write(inodes));
    }

    private ViewInodes Folder(Snapshot cut, List<InodeRange> given)
    {
        InodeRange[] one = Pool.Take(1);
        given.AddRange(one);
        return new ViewInodes(cut.Number, one[0].First, [], [], []);
    }

    /// <summary>The newest released cut that had this one's name, unless a held view has its numbers.</summary>
    private FormerView? FindFormer(Snapshot cut)
    {
        string name = SnapshotName.WithoutCount(cut.Name);
        HashSet<long> families = [.. snapshots.All.Where(s => s.Held && s != cut).Select(s => s.InodeFamily)];
        foreach (Snapshot one in snapshots.All.Reverse())
        {
            if (one.Held || one.Number >= cut.Number || one.InodeFamily == 0 || families.Contains(one.InodeFamily) || SnapshotName.WithoutCount(one.Name) != name)
                continue;
            if (Read(one) is { } inodes && TryFiles(one) is { } files)
                return new FormerView(files, inodes, entry => IsUntouched(entry.Image, one.Number, cut.Number));
        }
        return null;
    }

    private bool IsUntouched(ImageId id, long since, long until) =>
        images.Find(id) is { } image && image.LineageSince <= since && !image.Generations.Any(g => g.Number >= since && g.Number < until);

    private static FileList? TryFiles(Snapshot snapshot)
    {
        try
        {
            return snapshot.Files;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Null: there are none, or they are damaged, or don't belong to the list.</summary>
    private ViewInodes? Read(Snapshot snapshot)
    {
        if (snapshot.InodeFamily == 0 || catalog.LoadInodes(snapshot.Number) is not { } bytes)
            return null;
        try
        {
            ViewInodes inodes = ViewInodesFormat.Read(snapshot.InodeFamily, snapshot.FolderInode, bytes);
            return TryFiles(snapshot) is { } files && files.Count != inodes.Numbers.Length ? null : inodes;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>All numbers that live files, views, checkpoints (whose next cut takes them over) and deltas have.</summary>
    private IEnumerable<InodeRange> Kept()
    {
        foreach (InodeRange range in live.Ranges())
            yield return range;
        foreach (Snapshot snapshot in snapshots.All)
        {
            foreach (InodeRange range in (snapshot.Inodes ?? Read(snapshot))?.Ranges() ?? [])
                yield return range;
        }
        foreach (Delta delta in deltas.All)
        {
            if (delta.FirstInode != 0 && TryFiles(delta.Newer) is { } files)
                yield return new(delta.FirstInode, delta.FirstInode + (uint)Delta.InodesOf(files));
        }
    }
}
