using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Recovery;
using VdFs.Core.Space;
using VdFs.Core.Storage;

namespace VdFs.Core.Checking;

/// <summary>Whether the images are those that the state speaks of; links that keep deleted ones; files that nobody knows.</summary>
public sealed partial class StateCheck
{
    private static readonly HashSet<string> Known =
    [
        StatePaths.Lock, StatePaths.Catalog, StatePaths.Catalog + "-wal", StatePaths.Catalog + "-shm", StatePaths.FormerCutLog, StatePaths.Records,
        StatePaths.RecordList, StatePaths.RecordList + ".new", StatePaths.Intents, StatePaths.Unrecorded, StateReserve.Path, StatePaths.Inodes, StatePaths.Inodes + ".new",
        StatePaths.Deltas, StatePaths.Preserve, StatePaths.Retained, StatePaths.Log,
    ];

    private void CheckImages()
    {
        if (catalog is null)
            return;
        if (!options.Live && BackingMatch.Find(contents, catalog.LoadFileList, backing) is { Kind: BackingMatchKind.Other } other)
        {
            Fault("backing directory", $"{other.Reason}; the state belongs to {(contents.Places.Backing.Length != 0 ? $"the directory that was {contents.Places.Backing}" : "another one")}",
                "VdFs will not mount; name the directory that it belongs to, or another state directory, or mount with --adopt-state, which loses held snapshots. Nothing is repaired");
            return;
        }
        var gone = new List<CheckedImage>();
        CheckedImage[] held = [.. images.Values.Where(i => i.Held.Count != 0).OrderBy(i => i.Id.Value)];
        foreach (CheckedImage image in held)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            FsError error = backing.OpenImage(image.Id, image.Row!.Identity, System.Text.Encoding.UTF8.GetBytes(image.Path), out IBackingFile? file);
            file?.Dispose();
            if (error == FsError.Stale)
                gone.Add(image);
            else if (error != FsError.None)
                Fault(Name(image.Id), $"it can't be opened ({error})", $"views of it in the snapshots {Names(image)} give EIO until it can");
        }
        if (gone.Count != 0 && gone.Count == held.Length && gone.Count > 1)
        {
            Fault("backing directory", $"none of the {gone.Count} images that held snapshots need is in it", "the state belongs to another backing directory; name that one, or another state directory. Nothing is repaired");
            return;
        }
        foreach (CheckedImage image in gone)
        {
            foreach (long cut in image.Held.Keys)
                Lose(cut, image.Id, Name(image.Id), "it is no longer in the backing directory", "the image is no longer in the backing directory");
        }
        CheckSeals();
        CheckRetained();
    }

    private void CheckSeals()
    {
        if (options.Live)
            return;
        foreach (CatalogSeal seal in contents.Seals)
        {
            if (!images.TryGetValue(seal.Image, out CheckedImage? image) || backing.OpenImage(image.Id, image.Row!.Identity, [], out IBackingFile? file) != FsError.None)
                continue;
            using (file)
            {
                if (file!.GetAttributes(out FileAttributes now) != FsError.None || Engine.IsUnbroken(seal, now))
                    continue;
            }
            Fault(Name(seal.Image), "it was changed while VdFs was not mounted", LineageMeaning(image, Current),
                "notes the broken lineage and the losses", () => BreakLineage(image, Current, "the image was changed while VdFs was not mounted"));
        }
    }

    private void CheckRetained()
    {
        if (options.Live)
            return;
        var retained = new List<ImageId>();
        FsError error = backing.ListRetained(retained);
        if (error is not (FsError.None or FsError.NotFound))
        {
            Fault(".vdfs/retained/", $"it can't be listed ({error})", "VdFs will not mount");
            return;
        }
        foreach (ImageId id in retained.Where(id => !images.TryGetValue(id, out CheckedImage? image) || image.Held.Count == 0))
        {
            Note($".vdfs/retained/{id}", "no held snapshot needs this link to a deleted image", "it takes the image's room; the next mount removes it", "removes it",
                () => backing.DropRetained(id));
        }
    }

    private void CheckForeignFiles()
    {
        foreach (string name in List(state, "", "state directory"))
        {
            if (!Known.Contains(name) && !name.StartsWith(StatePaths.Catalog + ".damaged", StringComparison.Ordinal))
                Foreign(name);
        }
    }

    /// <summary>Not ours, so not touched.</summary>
    private void Foreign(string place) => Note(place, "it isn't a file of VdFs", "VdFs leaves it alone");

    private string Names(CheckedImage image) => string.Join(", ", image.Held.Keys.Select(NameOfCut));
}
