using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using FileAttributes = VdFs.Core.Storage.FileAttributes;

namespace VdFs.Core;

/// <summary>
/// Images that were changed while VdFs was not mounted. No record has those changes, so what is told of such an image can't be believed: size, time
/// of modification and time of change are compared with those at the last clean end. After another end nothing is known to compare with.
/// </summary>
public sealed partial class Engine
{
    private CatalogSeal[] SealImages()
    {
        FileListEntry[] all = [.. ImagesNow()];
        // What somebody else wrote and nobody asked about would be taken for the mount's own from here on.
        foreach (FileListEntry entry in all)
        {
            if (Images.Find(entry.Image) is { } image)
                _ = IsUnseen(image, entry.Attributes, image.Sightings);
        }
        return [.. all.Select(i => new CatalogSeal(i.Image, i.Attributes.Size, i.Attributes.ModifyTime, i.Attributes.ChangeTime))];
    }

    /// <summary>
    /// Whether somebody wrote to the image in the backing directory while it is mounted: then its lineage is broken, and held snapshots are lost for it.
    /// Seen where size or time of modification changed though nothing went through VdFs since the last cut.
    /// </summary>
    /// <param name="image">Looked at by whoever is about to show it.</param>
    /// <param name="file">The image.</param>
    public bool IsUnseen(Image image, IBackingFile file)
    {
        // In this order: a write and a cut may come between the looking and the comparing.
        long sightings = image.Sightings;
        return file.GetAttributes(out FileAttributes now) == FsError.None && IsUnseen(image, now, sightings);
    }

    /// <param name="sightings"><see cref="Image.Sightings"/> from before <paramref name="now"/> was read; under the lock of commands, no cut comes between.</param>
    private bool IsUnseen(Image image, in FileAttributes now, long sightings)
    {
        if (!image.WasChangedUnseen(now, sightings))
            return false;
        image.See(now, host.Generation);
        BreakLineage(image, "the image was changed in the backing directory, past the mount");
        try
        {
            // Whoever asked is told so: a mount that is killed now must not have forgotten it, as nothing in the records says it.
            catalog.PutImages([RowOf(image)]);
            TellLosses();
        }
        catch (CatalogException)
        {
            // What the break left to the background tries once more, and says so.
        }
        return true;
    }

    /// <summary>Before the mount serves, and before hidden links are removed, which changes the time of change.</summary>
    private void CheckSeals(CatalogContents contents)
    {
        if (contents.Seals.Count == 0)
            return;
        FileListEntry[] all = [.. ImagesNow()];
        foreach (FileListEntry entry in all)
            Images.Find(entry.Image)?.See(entry.Attributes, host.Generation);
        Dictionary<ImageId, CatalogSeal> seals = contents.Seals.ToDictionary(s => s.Image);
        Distrust(
            [.. all
                .Where(e => seals.TryGetValue(e.Image, out CatalogSeal? seal) && !IsUnbroken(seal, e.Attributes))
                .Select(e => Images.Find(e.Image)).OfType<Image>()],
            "the image was changed while VdFs was not mounted");
    }

    private IEnumerable<FileListEntry> ImagesNow()
    {
        FsError error = ScanTree.Scan(backing, identifier, out ScanTree? tree);
        Require(error, "the backing directory can't be scanned");
        return tree is null ? [] : tree.ToFileList(null).Images;
    }

    internal static bool IsUnbroken(CatalogSeal seal, in FileAttributes now) =>
        seal.Size == now.Size && now.ModifyTime.IsSeenLater(seal.ModifyTime) && now.ChangeTime.IsSeenLater(seal.ChangeTime);
}
