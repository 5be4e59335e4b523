using System.IO;
using System.Text;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core;

/// <summary>What changed between two cuts: the union of the change records in between.</summary>
public sealed partial class Engine
{
    public Outcome Changes(string image, string from, string? to, out ChangeReport? report)
    {
        // Forgetting a checkpoint joins records; not meanwhile.
        lock (cutLock)
            return ChangesBetween(image, from, to, out report);
    }

    private Outcome ChangesBetween(string image, string from, string? to, out ChangeReport? report)
    {
        report = null;
        Snapshot? older = Snapshots.Find(from);
        Snapshot? newer = to is null ? null : Snapshots.Find(to);
        if (older is null || (to is not null && newer is null))
            return Outcome.Failed(FsError.NotFound, $"there is no snapshot or checkpoint '{(older is null ? from : to)}'; `snapshot list` shows those that are");
        if (newer is not null && newer.Number < older.Number)
            return Outcome.Failed(FsError.InvalidArgument, $"'{to}' was cut before '{from}'; name the older one with --from");
        try
        {
            FsError error = Locate(Encoding.UTF8.GetBytes(image.Trim('/')), newer, out Image? found, out long size);
            if (error != FsError.None)
                return Outcome.Failed(error, $"there is no image '{image}' {(to is null ? "in the mount now" : $"in '{to}'")}");
            string reason = WhyFull(found, older);
            Extent[] extents = reason.Length != 0 ? [new Extent(0, size)] : [.. ExtentsOf(found!, older.Number, newer?.Number, size)];
            report = new ChangeReport(image, from, to, size, reason.Length != 0, reason, extents.Length == 1 && extents[0].Length == 0 ? [] : extents);
            return Outcome.Success;
        }
        catch (CatalogException e)
        {
            return Outcome.Failed(e.Error, e.Message);
        }
        catch (InvalidDataException e)
        {
            return Outcome.Failed(FsError.Io, $"{e.Message}; the images are untouched, take a full backup");
        }
    }

    private FsError Locate(byte[] path, Snapshot? newer, out Image? image, out long size)
    {
        image = null;
        size = 0;
        if (newer is not null)
        {
            FileListEntry? entry = newer.Files.FindPath(path);
            if (entry is null || !entry.Attributes.IsRegular)
                return FsError.NotFound;
            image = Images.Find(entry.Image);
            size = entry.Attributes.Size;
            return FsError.None;
        }
        FsError error = backing.Stat(path, out TreeEntry? now);
        if (error != FsError.None)
            return error;
        if (!now!.Attributes.IsRegular)
            return FsError.NotFound;
        size = now.Attributes.Size;
        error = backing.Identify(path, out ImageIdentity? identity);
        if (error != FsError.None)
            return error;
        image = Images.Find(identity!);
        if (image is not null)
            _ = IsUnseen(image, now.Attributes, image.Sightings);
        return FsError.None;
    }

    /// <summary>Why all of an image has to be taken as changed since a cut; empty if its records say it.</summary>
    private static string WhyFull(Image? image, Snapshot older)
    {
        if (image is null || older.Files.FindImage(image.Id) is null)
            return $"the image is not part of '{older.Name}': it is new since, or was not selected then";
        return image.LineageSince > older.Number
            ? $"changes since '{older.Name}' are not known: {image.LineageBroken}"
            : "";
    }

    private static IEnumerable<Extent> ExtentsOf(Image image, long from, long? to, long size)
    {
        long blocks = Block.Count(size);
        foreach ((long first, long count) in image.ChangedRuns(from, (to ?? long.MaxValue) - 1, blocks))
        {
            long start = first << Block.Shift;
            yield return new Extent(start, first + count == blocks ? size - start : count << Block.Shift);
        }
    }
}
