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
            byte[] path = ByteText.Encode(image.Trim('/'));
            FsError error = Locate(path, newer, out Image? found, out long size);
            if (error != FsError.None)
                return Outcome.Failed(error, $"there is no image '{ByteText.Show(image)}' {(to is null ? "in the mount now" : $"in '{to}'")}");
            FileListEntry? former = FindFormer(found, older, path, out string reason);
            Extent[] extents = reason.Length != 0 ? [new Extent(0, size)] : [.. ExtentsOf(found!, older.Number, newer?.Number, former!.Attributes.Size, size)];
            report = new ChangeReport(image, from, to, size, reason.Length != 0, reason, extents.Length == 1 && extents[0].Length == 0 ? [] : extents)
            {
                FormerImage = former is null ? null : ByteText.Decode(older.Files.PathOf(former)), FormerSize = former?.Attributes.Size,
            };
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

    /// <summary>The image as the older cut had it: changes follow the image, through renames. Null: it wasn't there.</summary>
    /// <param name="path">What it is asked by. If that was another image then, whoever has a copy of that one has to take all of this one.</param>
    /// <param name="reason">Why all of it has to be taken as changed; empty if its records say what did.</param>
    private static FileListEntry? FindFormer(Image? image, Snapshot older, byte[] path, out string reason)
    {
        FileListEntry? samePath = older.Files.FindPath(path) is { Attributes.IsRegular: true } there ? there : null;
        FileListEntry? former = image is null ? null : samePath?.Image == image.Id ? samePath : older.Files.FindImage(image.Id);
        reason = former is not null && samePath is not null && samePath.Image != image!.Id
            ? $"it was '{Encoding.UTF8.GetString(older.Files.PathOf(former))}' at '{older.Name}', and what had its path then was another image"
            : WhyFull(former is null ? null : image, older);
        return former;
    }

    /// <summary>Why all of an image has to be taken as changed since a cut; empty if its records say what did.</summary>
    private static string WhyFull(Image? image, Snapshot older)
    {
        if (image is null || older.Files.FindImage(image.Id) is null)
            return $"the image is not part of '{older.Name}': it is new since, or was not selected then";
        return image.LineageSince > older.Number
            ? $"changes since '{older.Name}' are not known: {image.LineageBroken}"
            : "";
    }

    /// <summary>What the records say, and the block of the new end if the size is another: growth by a hole is in no record, and a copy has to become as long.</summary>
    private static IEnumerable<Extent> ExtentsOf(Image image, long from, long? to, long formerSize, long size)
    {
        long blocks = Block.Count(size);
        bool endMissing = formerSize != size && blocks > 0;
        foreach ((long first, long count) in image.ChangedRuns(from, (to ?? long.MaxValue) - 1, blocks))
        {
            long run = count;
            if (endMissing && first + run == blocks - 1)
                run++;
            endMissing &= first + run != blocks;
            yield return Bytes(first, run, blocks, size);
        }
        if (endMissing)
            yield return Bytes(blocks - 1, 1, blocks, size);
    }

    private static Extent Bytes(long first, long count, long blocks, long size)
    {
        long start = first << Block.Shift;
        return new Extent(start, first + count == blocks ? size - start : count << Block.Shift);
    }
}
