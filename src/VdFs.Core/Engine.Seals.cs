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
    private CatalogSeal[] SealImages() =>
        [.. ImagesNow().Select(i => new CatalogSeal(i.Image, i.Attributes.Size, i.Attributes.ModifyTime, i.Attributes.ChangeTime))];

    /// <summary>Before the mount serves, and before hidden links are removed, which changes the time of change.</summary>
    private void CheckSeals(CatalogContents contents)
    {
        if (contents.Seals.Count == 0)
            return;
        Dictionary<ImageId, CatalogSeal> seals = contents.Seals.ToDictionary(s => s.Image);
        const string reason = "the image was changed while VdFs was not mounted";
        var changed = new Dictionary<ImageId, CatalogImage>();
        foreach (FileListEntry entry in ImagesNow())
        {
            if (Images.Find(entry.Image) is not { } image || !seals.TryGetValue(image.Id, out CatalogSeal? seal) || IsUnbroken(seal, entry.Attributes))
                continue;
            image.LineageSince = host.Generation + 1;
            image.LineageBroken = reason;
            image.UnholdAll();
            changed[image.Id] = RowOf(image);
            host.Log(new(true, $"image {image.Id}: {reason}; it is untouched, held snapshots that have it are lost for this image, and the next backup of it is a full one."));
        }
        if (changed.Count == 0)
            return;
        catalog.PutImages([.. changed.Values]);
        catalog.AddLosses([.. Snapshots.All
            .Where(s => s.Held && s.LossOf(ImageId.None) is null)
            .SelectMany(s => s.Files.Images.Where(e => changed.ContainsKey(e.Image) && s.Lose(e.Image, reason)).Select(e => new CatalogLoss(s.Number, e.Image, reason)))]);
    }

    private IEnumerable<FileListEntry> ImagesNow()
    {
        FsError error = ScanTree.Scan(backing, identifier, out ScanTree? tree);
        Require(error, "the backing directory can't be scanned");
        return tree is null ? [] : tree.ToFileList(null).Images;
    }

    private static bool IsUnbroken(CatalogSeal seal, in FileAttributes now) =>
        seal.Size == now.Size && IsSame(seal.ModifyTime, now.ModifyTime) && IsSame(seal.ChangeTime, now.ChangeTime);

    /// <summary>A filesystem may keep finer times in memory than on its device.</summary>
    private static bool IsSame(TimeSpec sealedTime, TimeSpec now) =>
        sealedTime == now || (sealedTime.Seconds == now.Seconds && now.Nanoseconds == 0);
}
