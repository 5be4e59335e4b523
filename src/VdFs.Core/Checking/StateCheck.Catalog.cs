using System.IO;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;

namespace VdFs.Core.Checking;

/// <summary>The catalog and its file lists.</summary>
public sealed partial class StateCheck
{
    private const string CatalogGone = "VdFs will not mount with it; the images are untouched";

    /// <summary>Tells that the catalog can't be opened, before <see cref="Run"/>. What it is called when it is moved aside is for the caller to choose.</summary>
    /// <param name="problem">What opening it said.</param>
    /// <param name="repairable">It is damaged, and not just of a newer version, in use, or out of reach.</param>
    public void CatalogIsUnreadable(string problem, bool repairable)
    {
        catalog = null;
        if (repairable && !options.Live)
            Fault(StatePaths.Catalog, problem, CatalogGone, MovesAside, MoveCatalog);
        else
            Fault(StatePaths.Catalog, problem, CatalogGone);
    }

    /// <summary>Tells that there is no catalog, before <see cref="Run"/>: expected after a repair that moved it aside, a fault otherwise.</summary>
    public void CatalogIsMissing()
    {
        const string Fresh = "the next mount starts without history: held snapshots are gone, and the next backup of each image is a full one";
        catalog = null;
        if (List(state, "", "state directory").Exists(n => n.StartsWith(StatePaths.Catalog + ".damaged", StringComparison.Ordinal)))
            Note(StatePaths.Catalog, "it was damaged and moved aside", Fresh);
        else
            Fault(StatePaths.Catalog, "there is none, though VdFs was mounted with this state directory", Fresh + ". If it was removed by mistake, restore it");
    }

    private string MovesAside =>
        $"moves it aside as {options.Aside} (and its -wal and -shm): the next mount starts without history, held snapshots are gone, and the next backup of each image is a full one";

    private FsError MoveCatalog()
    {
        foreach (string suffix in new[] { "-wal", "-shm", "" })
        {
            FsError error = state.Rename(StatePaths.Catalog + suffix, options.Aside + suffix);
            if (error is not (FsError.None or FsError.NotFound))
                return error;
        }
        return state.SyncFolder("");
    }

    private void CheckCatalog()
    {
        if (catalog is null)
            return;
        try
        {
            IReadOnlyList<string> problems = catalog.Verify();
            if (problems.Count != 0)
            {
                CatalogIsUnreadable(string.Join("; ", problems.Take(5)) + (problems.Count > 5 ? $"; and {problems.Count - 5} more" : ""), repairable: true);
                return;
            }
            contents = catalog.Load();
        }
        catch (CatalogException e)
        {
            CatalogIsUnreadable(e.Message, e.Error == FsError.Io);
            return;
        }
        foreach (CatalogImage row in contents.Images)
            images[row.Id] = new CheckedImage(row.Id) { Row = row };
        foreach (CatalogCut cut in contents.Cuts)
            names[cut.Number] = cut.Name;
        CheckCutRows();
        CheckImageRows();
        foreach (CatalogCut cut in contents.Cuts)
            CheckFileList(cut);
        TellLosses();
    }

    private void CheckCutRows()
    {
        CatalogCut? former = null;
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (CatalogCut cut in contents.Cuts)
        {
            string where = $"{StatePaths.Catalog}, cut {cut.Number} '{cut.Name}'";
            if (cut.Number < 1 || cut.Number > Current)
                Fault(where, $"its number is beyond the last one that was given, {Current}", "numbers may be given twice, and change records taken for those of another cut");
            if (cut.CutId.Length != 16)
                Fault(where, $"its cut id has {cut.CutId.Length} bytes instead of 16", "chains of backups can't match it");
            if (!Enum.IsDefined(cut.State))
                Fault(where, $"its state is {(int)cut.State}, which means nothing", "whether it is a snapshot or a checkpoint is not known");
            if (cut.State == CutState.Pending)
            {
                if (!options.Live)
                    Note(where, "the cut was under way when VdFs ended, or failed, so nobody was told that it was made", "the next mount drops it", "removes it", () => Commit(() => writable!.Remove(cut.Number)));
                continue;
            }
            if (!SnapshotName.IsValid(cut.Name.Split('~')[0]))
                Fault(where, "its name is not one that a snapshot can have", "no command can name it");
            if (!taken.Add(cut.Name))
                Fault(where, "another cut has the same name", "commands find only the older of them");
            if (former is not null && cut.Time <= former.Time)
                Fault(where, $"its time, {cut.Time:O}, is not after that of the cut before it, {former.Time:O}", "times of cuts name files in backups and have to rise");
            former = cut;
        }
        foreach (CatalogLoss loss in contents.Losses.Where(l => !names.ContainsKey(l.Cut)))
            Note($"{StatePaths.Catalog}, losses", $"a loss is noted for cut {loss.Cut}, which is not there", "nothing");
    }

    private void CheckImageRows()
    {
        var known = new Dictionary<ImageIdentity, ImageId>();
        foreach (CatalogImage row in contents.Images)
        {
            string where = $"{StatePaths.Catalog}, image {row.Id}";
            if (row.Id == ImageId.None)
                Fault(where, "no image can have this id", "what is kept of it is found by nobody");
            if (row.LineageSince < 0 || row.LineageSince > contents.NextCut)
                Fault(where, $"its changes are said to be known since cut {row.LineageSince}, which is not there yet", "every backup of it is a full one until then");
            if (!known.TryAdd(row.Identity, row.Id))
                Fault(where, $"it has the same identity as image {known[row.Identity]}", "only one of them is found; held snapshots of the other one may be reported lost");
        }
    }

    private void CheckFileList(CatalogCut cut)
    {
        options.Cancellation.ThrowIfCancellationRequested();
        string where = $"{StatePaths.Catalog}, file list of cut {cut.Number} {NameOfCut(cut.Number)}";
        FileList files;
        try
        {
            files = FileListFormat.ReadList(catalog!.LoadFileList(cut.Number));
        }
        catch (CatalogException e) when (options.Live && e.Error == FsError.NotFound)
        {
            return; // Forgotten meanwhile.
        }
        catch (Exception e) when (e is CatalogException or InvalidDataException)
        {
            ListIsDamaged(cut, where, e.Message);
            return;
        }
        if (cut.State != CutState.Pending && (files.Images.Count() != cut.Images || files.Images.Total(i => i.Attributes.Size) != cut.Bytes))
            Fault(where, $"it holds {files.Images.Count()} images, its cut says {cut.Images}, or their sizes differ", "the list may be another cut's");
        foreach (FileListEntry entry in files.Images)
        {
            if (!images.TryGetValue(entry.Image, out CheckedImage? image))
            {
                if (cut.State == CutState.Held && LossOf(cut.Number, entry.Image) is null)
                    Lose(cut.Number, entry.Image, where, $"image {entry.Image} ({Text(files.PathOf(entry))}) is not in the catalog", "the catalog doesn't know the image any more");
                continue;
            }
            image.Path = Text(files.PathOf(entry));
            if (cut.State == CutState.Held && LossOf(cut.Number, entry.Image) is null)
                image.Held[cut.Number] = entry.Attributes.Size;
        }
    }

    private void ListIsDamaged(CatalogCut cut, string where, string problem)
    {
        if (cut.State == CutState.Held && LossOf(cut.Number, ImageId.None) is null)
            Lose(cut.Number, ImageId.None, where, problem, "its file list is damaged");
        else
            Fault(where, problem, cut.State == CutState.Checkpoint ? $"changes since {NameOfCut(cut.Number)} can't be told; delete the checkpoint" : "the cut is dropped by the next mount");
    }

    private void TellLosses()
    {
        foreach (CatalogLoss loss in contents.Losses.Where(l => names.ContainsKey(l.Cut)))
        {
            string what = loss.Image == ImageId.None ? "the whole snapshot is lost" : $"{Name(loss.Image)} is lost in it";
            Note($"snapshot {NameOfCut(loss.Cut)}", $"{what}: {loss.Reason}", "this was told before; views of it give EIO. Release it");
        }
    }

    private string? LossOf(long cut, ImageId image) =>
        contents.Losses.FirstOrDefault(l => l.Cut == cut && (l.Image == ImageId.None || l.Image == image))?.Reason;

    /// <summary>A fault that loses an image (or, for none, everything) in a snapshot.</summary>
    private void Lose(long cut, ImageId image, string where, string what, string reason) => Fault(
        where, what,
        image == ImageId.None ? $"the snapshot {NameOfCut(cut)} is lost as a whole; its views give EIO" : $"it is lost in the snapshot {NameOfCut(cut)}: its view gives EIO",
        "notes the loss in the catalog",
        () => Commit(() => writable!.AddLosses([new CatalogLoss(cut, image, reason)])));
}
