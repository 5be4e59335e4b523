using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Recovery;

namespace VdFs.Core;

/// <summary>At start, before anything is believed or changed: whether the state belongs to this backing directory, and whether its pre-images are where it is told.</summary>
public sealed partial class Engine
{
    private const string AdoptedReason = "the state directory was taken over for another backing directory";

    /// <summary>What this mount belongs to.</summary>
    private MountPlaces places = MountPlaces.None;

    /// <returns>The backing directory is another one, and that was asked for: nothing of what is known may be believed about its images.</returns>
    private bool CheckPlaces(CatalogContents contents)
    {
        BackingMatch match = BackingMatch.Find(contents, catalog.LoadFileList, backing);
        places = new MountPlaces(match.Root, options.BackingPath, options.PreservePath);
        bool adopted = match.Kind == BackingMatchKind.Other && options.AdoptState;
        if (match.Kind == BackingMatchKind.Other && !adopted)
        {
            throw new CatalogException(
                FsError.Stale,
                $"it belongs to {Former(contents)}, not to the directory that is to be mounted: {match.Reason}. Nothing was changed. Name the directory that it belongs to, or another state directory; or, if this is that directory restored or copied, mount with --adopt-state: "
                + $"then all {contents.Images.Count} images count as changed, and held snapshots ({contents.Cuts.Count(c => c.State == CutState.Held)}) are lost");
        }
        if (!adopted && !options.PreserveIsNamed && contents.Places.Preserve.Length != 0 && contents.Places.Preserve != options.PreservePath && contents.Cuts.Any(c => c.State == CutState.Held))
        {
            throw new CatalogException(
                FsError.Stale,
                $"the pre-images of its held snapshots lie in another place, {contents.Places.Preserve}, and this mount wasn't told so. Nothing was changed. Mount with --preserve and that directory, or where it is now; "
                + "if it is gone for good, name a new one: views then give an I/O error where they need what is gone");
        }
        if (match.Kind == BackingMatchKind.OtherFileSystemId)
            host.Log(new(true, "the backing filesystem has another id than at the last mount, so its images can't be told from copies: they count as new, and held snapshots are lost for them. If that happens at every start, the filesystem keeps no id of its own (an overlay, some network filesystems)."));
        else if (match.Kind == BackingMatchKind.Moved)
            host.Log(new(false, $"the backing directory is another one than at the last mount, {Former(contents)}, but has the same images: all that is known of them stays"));
        return adopted;
    }

    private static string Former(CatalogContents contents) => contents.Places.Backing.Length != 0 ? $"the directory that was {contents.Places.Backing}" : "another backing directory";
}
