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
        Distrust(
            [.. ImagesNow()
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
        seal.Size == now.Size && IsSame(seal.ModifyTime, now.ModifyTime) && IsSame(seal.ChangeTime, now.ChangeTime);

    /// <summary>A filesystem may keep finer times in memory than on its device.</summary>
    private static bool IsSame(TimeSpec sealedTime, TimeSpec now) =>
        sealedTime == now || (sealedTime.Seconds == now.Seconds && now.Nanoseconds == 0);
}
