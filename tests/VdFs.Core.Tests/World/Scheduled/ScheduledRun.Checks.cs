using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World.Scheduled;

/// <summary>The promises.</summary>
internal sealed partial class ScheduledRun
{
    /// <summary>A client reads a part of a view while others do what they do.</summary>
    private void ReadView(Random its, Worker worker, ScheduledCut cut, ScheduledImage image)
    {
        if (Engine.Snapshots.FindHeld(cut.Name) is not { } snapshot)
        {
            Step($"doesn't find {cut.Name}");
            if (!cut.Releasing)
                throw new WorldViolationException($"snapshot {cut.Name} is not there");
            return;
        }
        long offset = Places[its.Next(Places.Length)] + (its.Next(3) * Block.Size) + (its.Next(3) == 0 ? its.Next(Block.Size) : 0);
        FsError error = ReadView(worker, cut, snapshot, image, offset, its.Next(1, 4 * Block.Size), out byte[] shown);
        Step($"read {cut.Name}/{image.Name} {offset}+{shown.Length}: {error}");
        Judge(cut, image, offset, shown, error, mayFail: cut.Releasing);
    }

    /// <summary>As a mount serves it.</summary>
    private FsError ReadView(Worker worker, ScheduledCut cut, Snapshot snapshot, ScheduledImage image, long offset, int length, out byte[] shown)
    {
        shown = [];
        FileListEntry? entry = snapshot.Files.FindPath(Encoding.UTF8.GetBytes(image.Name));
        if (entry is null || snapshot.LossOf(entry.Image) is not null || Engine.Images.Find(entry.Image) is not { } known)
            return FsError.Io;
        if (entry.Attributes.Size != cut.Images[image].Length)
            throw new WorldViolationException($"{image.Name} in {cut.Name} has {entry.Attributes.Size} bytes, had {cut.Images[image].Length}");
        FsError error = world.Tree.OpenImage(known.Id, known.Identity, Encoding.UTF8.GetBytes(image.Name), out IBackingFile? file);
        if (error != FsError.None)
            return error;
        if (Engine.IsUnseen(known, file!))
            throw new WorldViolationException($"{image.Name} is said to have been changed past the mount");
        byte[] buffer = new byte[length];
        error = options.Bug == ScheduleBug.NoSecondLook
            ? FirstLook.Read(known, worker, snapshot.Number, entry.Attributes.Size, file!, offset, buffer, out int read)
            : known.ReadView(worker, snapshot.Number, entry.Attributes.Size, file!, offset, buffer, out read);
        shown = buffer[..read];
        return error == FsError.None && (!snapshot.Held || snapshot.LossOf(entry.Image) is not null) ? FsError.Io : error;
    }

    private void Judge(ScheduledCut cut, ScheduledImage image, long offset, byte[] shown, FsError error, bool mayFail)
    {
        if (error != FsError.None)
        {
            if (!mayFail)
                throw new WorldViolationException($"{image.Name} in {cut.Name} is lost ({error})");
            return;
        }
        byte[] expected = new byte[shown.Length];
        _ = cut.Images[image].Read(offset, expected);
        int at = shown.AsSpan().CommonPrefixLength(expected);
        if (at < shown.Length)
            throw new WorldViolationException($"{image.Name} in {cut.Name} shows write {TagAt(shown, at)} at sector {(offset + at) / Pages.Sector}, where write {TagAt(expected, at)} was at the cut");
    }

    private static ulong TagAt(byte[] bytes, int at) => (at & ~7) + 8 <= bytes.Length ? BitConverter.ToUInt64(bytes, at & ~7) : bytes[at];

    private void AskForChanges(ScheduledCut cut, ScheduledImage image)
    {
        int asked = Now;
        ScheduledCut[] newer = [.. cuts.Where(c => c.Answered && !c.MayBeLost && c.At > cut.At)];
        ScheduledCut? to = newer.FirstOrDefault();
        Outcome outcome = Engine.Changes(image.Name, cut.Name, to?.Name, out ChangeReport? report);
        Step($"asked for changes of {image.Name} since {cut.Name}: {outcome.Message}");
        if (outcome.Succeeded)
            CheckChanges(cut, to, image, report!, asked);
        else if (!cut.Releasing && to is not { Releasing: true })
            throw new WorldViolationException($"changes of {image.Name} from {cut.Name} failed: {outcome.Message}");
    }

    /// <param name="until">For changes to now: what was acknowledged before this must be in it. Nobody writes: the largest number.</param>
    private void CheckChanges(ScheduledCut from, ScheduledCut? to, ScheduledImage image, ChangeReport report, int until)
    {
        string what = $"changes of {image.Name} from {from.Name} to {to?.Name ?? "now"}";
        if (report.Full)
        {
            if (!from.MayBeLost)
                throw new WorldViolationException($"{what}: full ({report.Reason})");
            return;
        }
        int end = to?.At ?? until;
        Pages? newer = to is not null ? to.Images[image] : until == int.MaxValue ? image.Node.Inode.Cache : null;
        foreach (long block in image.Blocks)
        {
            long start = block << Block.Shift;
            bool told = report.Extents.Any(e => start < e.Start + e.Length && start + Block.Size > e.Start);
            if (start >= report.Size)
                continue;
            if (!told && newer is not null && start < newer.Length && !newer.IsSame(block, from.Images[image]))
                throw new WorldViolationException($"{what}: block {block} is missing");
            if (!told && !image.EverResized && image.History.Any(w => w.Tag != 0 && w.FirstBlock <= block && w.LastBlock >= block && w.Begun > from.At && w.Ended < end))
                throw new WorldViolationException($"{what}: block {block} was written, acknowledged, and is missing");
        }
        if (inexact || image.EverResized)
            return;
        int latest = to?.At ?? Now;
        foreach (Extent extent in report.Extents)
        {
            for (long block = Block.Of(extent.Start); block <= Block.Of(extent.Start + extent.Length - 1); block++)
            {
                if (!image.History.Any(w => w.FirstBlock <= block && w.LastBlock >= block && w.Begun <= latest && w.Ended >= from.At))
                    throw new WorldViolationException($"{what}: block {block} is there and was not written");
            }
        }
    }

    /// <summary>All clients are done.</summary>
    private void CheckLive()
    {
        foreach (ScheduledImage image in images)
        {
            if (image.Implausible(image.Node.Inode.Cache, Now + 1) is { } problem)
                throw new WorldViolationException($"image {image.Name}: {problem}");
        }
        Check();
    }

    /// <summary>Nobody else is there: every snapshot, and the changes between all of them.</summary>
    private void Check()
    {
        using var worker = new Worker(Engine.Gate, mayWait: true);
        ScheduledCut[] named = [.. cuts.Where(c => c.At >= 0 && Engine.Snapshots.Find(c.Name) is not null).OrderBy(c => c.At)];
        foreach (ScheduledCut cut in cuts.Where(c => c.At >= 0))
            CheckCut(worker, cut);
        foreach (ScheduledImage image in images)
        {
            foreach (ScheduledCut from in named)
            {
                foreach (ScheduledCut? to in named.Where(c => c.At > from.At).Append(null))
                {
                    Outcome outcome = Engine.Changes(image.Name, from.Name, to?.Name, out ChangeReport? report);
                    if (!outcome.Succeeded)
                        throw new WorldViolationException($"changes of {image.Name} from {from.Name} failed: {outcome.Message}");
                    CheckChanges(from, to, image, report!, int.MaxValue);
                }
            }
        }
    }

    private void CheckCut(Worker worker, ScheduledCut cut)
    {
        Snapshot? snapshot = Engine.Snapshots.FindHeld(cut.Name);
        if (snapshot is null)
        {
            if (cut.Answered && !cut.Releasing)
                throw new WorldViolationException($"snapshot {cut.Name} was answered and is not there");
            return;
        }
        if (cut.Released)
            throw new WorldViolationException($"snapshot {cut.Name} was released and is held");
        // Whoever asked for it knows after its return only.
        cut.Answered = true;
        cut.Releasing = false;
        foreach (ScheduledImage image in images)
        {
            foreach (long block in image.Blocks)
            {
                FsError error = ReadView(worker, cut, snapshot, image, block << Block.Shift, Block.Size, out byte[] shown);
                Judge(cut, image, block << Block.Shift, shown, error, cut.MayBeLost);
            }
        }
    }
}
