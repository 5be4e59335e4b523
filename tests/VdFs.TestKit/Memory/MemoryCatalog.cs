using VdFs.Core.Backups;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Inodes;

namespace VdFs.TestKit.Memory;

/// <summary>
/// A catalog whose commits are atomic and durable, or fail: <see cref="Fault"/> is asked before each with its name, and may throw in place of a crash.
/// Outlives the engine that disposes of it: the next one opens it again.
/// </summary>
public sealed class MemoryCatalog : ICatalog
{
    private readonly Lock use = new();
    private readonly SortedDictionary<long, (CatalogCut Cut, byte[] Files)> cuts = [];
    private readonly Dictionary<ImageId, CatalogImage> images = [];
    private readonly Dictionary<(long, ImageId), CatalogLoss> losses = [];
    private readonly SortedDictionary<long, CatalogDelta> deltas = [];
    private readonly SortedDictionary<long, CatalogInodes> inodes = [];
    private InodeRange inodeWindow;
    private ulong nextImage = 1;
    private long nextDelta = 1;
    private long nextCut = 1;
    private IReadOnlyList<CatalogSeal> seals = [];
    private bool cleanEnd = true;
    private string bootId = "";
    private long mounts;
    private MountPlaces places = MountPlaces.None;
    private DateTimeOffset lastCut = DateTimeOffset.UnixEpoch;
    private DateTimeOffset? lastClock;

    public Func<string, FsError>? Fault { get; set; }

    /// <summary>Does a commit in this catalog's place, by its name, or lets it fail; called under no lock.</summary>
    public Func<string, Action, FsError>? Around { get; set; }

    /// <summary>Asked after <see cref="Around"/> failed: whether the next one to open the catalog may find the commit done.</summary>
    public Func<bool>? MayComeBack { get; set; }

    public CatalogContents Load()
    {
        lock (use)
            return new([.. cuts.Values.Select(c => c.Cut)], [.. images.Values], [.. losses.Values], nextCut, cleanEnd, bootId, seals)
            {
                Mounts = mounts, LastCut = lastCut, LastClock = lastClock, Places = places, StateId = new string('5', 32), Deltas = [.. deltas.Values], Inodes = [.. inodes.Values], InodeWindow = inodeWindow,
            };
    }

    public IReadOnlyList<string> Verify() => [];

    public byte[] LoadFileList(long cut)
    {
        lock (use)
            return cuts.TryGetValue(cut, out var row) ? row.Files : throw new CatalogException(FsError.NotFound, "no such cut");
    }

    public byte[]? LoadInodes(long cut)
    {
        lock (use)
            return inodes.GetValueOrDefault(cut)?.List;
    }

    public void PutInodes(IReadOnlyList<CatalogInodes> cuts, IReadOnlyList<(long Delta, uint First)> deltas, InodeRange window) => Commit("inodes", () =>
    {
        foreach (CatalogInodes cut in cuts)
            inodes[cut.Cut] = cut;
        foreach ((long delta, uint first) in deltas)
            this.deltas[delta] = this.deltas[delta] with { FirstInode = first };
        inodeWindow = window;
    });

    public ulong ReserveImageIds(int count)
    {
        ulong first = 0;
        Commit("ids", () =>
        {
            first = nextImage;
            nextImage += (ulong)count;
        });
        return first;
    }

    public void BeginMount(string bootId, MountPlaces? places = null) => Commit("begin", () =>
    {
        (cleanEnd, this.bootId, seals, mounts) = (false, bootId, [], mounts + 1);
        if (places is not null)
            this.places = places with { Root = places.Root ?? this.places.Root };
    });

    public void EndMount(IReadOnlyList<CatalogSeal> seals) => Commit("end", () => (cleanEnd, this.seals) = (true, seals));

    public void AddPending(CatalogCut cut, byte[] fileList, IReadOnlyList<CatalogImage> newImages) => Commit("pending", () =>
    {
        foreach (long failed in cuts.Values.Where(c => c.Cut.State == CutState.Pending).Select(c => c.Cut.Number).ToArray())
            cuts.Remove(failed);
        Put(newImages);
        cuts[cut.Number] = (cut with { Name = "/pending/" + cut.Name, State = CutState.Pending }, fileList);
        nextCut = cut.Number + 1;
    });

    public void Complete(CatalogCut cut, byte[]? fileList, IReadOnlyList<(long Cut, string Name)> renames, IReadOnlyList<CatalogImage> newImages, CatalogInodes? inodes = null, InodeRange window = default) => Commit("complete", () =>
    {
        if (inodes is not null)
            (this.inodes[cut.Number], inodeWindow) = (inodes, window);
        Put(newImages);
        Rename(renames);
        (lastCut, lastClock) = (cut.Time, cut.Clock ?? lastClock);
        cuts[cut.Number] = (cut with { State = CutState.Held }, fileList ?? cuts[cut.Number].Files);
    });

    public void MarkBackup(long cut, BackupState state) => Commit("backup", () => cuts[cut] = (cuts[cut].Cut with { Backup = state }, cuts[cut].Files));

    public long AddDelta(CatalogDelta delta, InodeRange window = default)
    {
        long number = 0;
        Commit("delta", () =>
        {
            number = nextDelta++;
            deltas[number] = delta with { Number = number };
            inodeWindow = delta.FirstInode == 0 ? inodeWindow : window;
        });
        return number;
    }

    public void Release(long cut) => Commit("release", () =>
    {
        RemoveDeltas(cut);
        cuts[cut] = (cuts[cut].Cut with { State = CutState.Checkpoint }, cuts[cut].Files);
    });

    void ICatalog.Rename(IReadOnlyList<(long Cut, string Name)> renames) => Commit("rename", () => Rename(renames));

    public void Remove(long cut, IReadOnlyList<(long Cut, string Name)>? renames = null) => Commit("remove", () =>
    {
        cuts.Remove(cut);
        inodes.Remove(cut);
        RemoveDeltas(cut);
        foreach ((long, ImageId) key in losses.Keys.Where(k => k.Item1 == cut).ToArray())
            losses.Remove(key);
        Rename(renames ?? []);
    });

    public void AddLosses(IReadOnlyList<CatalogLoss> losses) => Commit("losses", () =>
    {
        foreach (CatalogLoss loss in losses)
            this.losses.TryAdd((loss.Cut, loss.Image), loss);
    });

    public void PutImages(IReadOnlyList<CatalogImage> images) => Commit("images", () => Put(images));

    public void RemoveImages(IReadOnlyList<ImageId> images) => Commit("gone", () =>
    {
        foreach (ImageId image in images)
            this.images.Remove(image);
    });

    public void Settle() => Commit("settle", static () => { });

    public void Dispose()
    {
        // The next engine opens it again.
    }

    private void RemoveDeltas(long newer)
    {
        foreach (long number in deltas.Values.Where(d => d.Newer == newer).Select(d => d.Number).ToArray())
            deltas.Remove(number);
    }

    private void Put(IReadOnlyList<CatalogImage> rows)
    {
        foreach (CatalogImage row in rows)
            images[row.Id] = row;
    }

    private void Rename(IReadOnlyList<(long Cut, string Name)> renames)
    {
        foreach ((long cut, string name) in renames)
            cuts[cut] = (cuts[cut].Cut with { Name = name }, cuts[cut].Files);
    }

    private void Commit(string name, Action work)
    {
        if (Around is not null)
        {
            FsError error = Around(name, () =>
            {
                lock (use)
                    work();
            });
            if (error != FsError.None)
                throw new CatalogException(error, $"the catalog could not commit ({error})") { MayComeBack = MayComeBack?.Invoke() == true };
            return;
        }
        lock (use)
        {
            FsError fault = Fault?.Invoke(name) ?? FsError.None;
            if (fault != FsError.None)
                throw new CatalogException(fault, $"the catalog could not commit ({fault})");
            work();
        }
    }
}
