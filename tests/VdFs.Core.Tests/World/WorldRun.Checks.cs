using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>The promises, one by one.</summary>
internal sealed partial class WorldRun
{
    private bool viewing;

    private void CheckAll()
    {
        Live(() =>
        {
            Tell("check all");
            Machine.Fault = null;
            Machine.Arm();
            CheckList();
            CheckImages();
            foreach (ModelEntry entry in list.Where(e => e.Held))
                CheckSnapshot(entry, everything: true);
            CheckChanges(everything: true);
        });
    }

    /// <summary>In the middle of a life, with clients in between and things that fail.</summary>
    private void CheckSome()
    {
        Tell("check some");
        ModelEntry[] held = [.. list.Where(e => e.Held)];
        if (held.Length != 0)
        {
            interruptible = viewing = options.Interruptions && Machine.Fault is null;
            try
            {
                CheckSnapshot(held[random.Next(held.Length)], everything: false);
            }
            finally
            {
                interruptible = viewing = false;
            }
        }
        CheckChanges(everything: false);
        CheckImages();
    }

    /// <summary>Snapshots and checkpoints are those that were acknowledged; of a command under way, either side of one of its commits.</summary>
    private void CheckList()
    {
        IReadOnlyList<Snapshot> all = Engine.Snapshots.All;
        if (possible is not null)
        {
            list = possible.LastOrDefault(p => IsSame(p, all)) ?? throw Violation($"the list is [{Words(all)}], may be {string.Join(" or ", possible.Select(Words))}");
            possible = null;
            AllowForReturned();
        }
        if (!IsSame(list, all))
            throw Violation($"the list is [{Words(all)}], should be {Words(list)}");
        for (int i = 0; i < all.Count; i++)
            list[i].Cut.Number = all[i].Number;
    }

    private static bool IsSame(List<ModelEntry> entries, IReadOnlyList<Snapshot> all) =>
        entries.Count == all.Count && entries.Zip(all).All(p =>
            p.First.Name == p.Second.Name && p.First.Held == p.Second.Held && (p.First.Cut.Number < 0 || p.First.Cut.Number == p.Second.Number));

    private static string Words(IEnumerable<Snapshot> all) => string.Join(", ", all.Select(s => $"{s.Number} {s.Name}{(s.Held ? "" : " released")}"));

    private static string Words(List<ModelEntry> entries) => $"[{string.Join(", ", entries.Select(e => $"{e.Cut.Number} {e.Name}{(e.Held ? "" : " released")}"))}]";

    /// <summary>Every image is byte for byte what was acknowledged.</summary>
    private void CheckImages()
    {
        string[] there = [.. world.Tree.All.Select(e => e.Key)];
        string[] expected = [.. live.Where(i => i.Name is not null).Select(i => i.Name!).Order(StringComparer.Ordinal)];
        if (!there.SequenceEqual(expected))
            throw Violation($"images are {string.Join(' ', there)}, should be {string.Join(' ', expected)}");
        foreach (ModelImage image in live)
        {
            Pages now = image.Node.Inode.Cache;
            if (now.Length != image.Content.Length)
                throw Violation($"image {image.Name} has {now.Length} bytes, should have {image.Content.Length}");
            foreach (long block in image.Blocks)
            {
                if (!now.IsSame(block, image.Content))
                    throw Violation($"block {block} of image {image.Name} is not what was written");
            }
        }
    }

    /// <summary>Each image of a snapshot reads as it was at the cut, or the snapshot says that it is lost, and may be.</summary>
    private void CheckSnapshot(ModelEntry entry, bool everything)
    {
        Snapshot? snapshot = Engine.Snapshots.FindHeld(entry.Name) ?? throw Violation($"snapshot {entry.Name} is not there");
        foreach ((string name, (ModelImage model, Pages content)) in entry.Cut.Images)
        {
            if (!everything && random.Next(2) == 0)
                continue;
            int failures = Machine.Failed.Count;
            FsError error = CheckView(snapshot, entry.Cut, name, model, content, everything);
            AllowForFailures(failures, [model], command: true);
            if (error != FsError.None && !entry.Cut.MayLose(model))
                throw Violation($"{name} in snapshot {entry.Name} is lost ({error}: {LossOf(snapshot, name)}), and nothing happened that allows it");
        }
    }

    private static string? LossOf(Snapshot snapshot, string name) => snapshot.Files.FindPath(Encoding.UTF8.GetBytes(name)) is { } entry ? snapshot.LossOf(entry.Image) : "not listed";

    private FsError CheckView(Snapshot snapshot, ModelCut cut, string name, ModelImage model, Pages content, bool everything)
    {
        FileListEntry? entry = snapshot.Files.FindPath(Encoding.UTF8.GetBytes(name));
        if (entry is null)
            return FsError.NotFound;
        if (entry.Attributes.Size != content.Length)
            throw Violation($"{name} in snapshot {snapshot.Name} has {entry.Attributes.Size} bytes, had {content.Length}");
        if (snapshot.LossOf(entry.Image) is not null || Engine.Images.Find(entry.Image) is not { } image)
            return FsError.Io;
        FsError error = world.Tree.OpenImage(image.Id, image.Identity, Encoding.UTF8.GetBytes(name), out IBackingFile? file);
        if (error == FsError.Stale)
            Engine.LoseImage(image, "the image is no longer in the backing directory");
        if (error != FsError.None)
            return error;
        int failures = Machine.Failed.Count;
        bool unseen = Engine.IsUnseen(image, file!);
        if (Machine.Failed.Count == failures)
            Looked(model, unseen);
        if (unseen)
            return FsError.Io;
        FsError worst = FsError.None;
        byte[] buffer = new byte[3 * Block.Size];
        byte[] expected = new byte[buffer.Length];
        foreach (long block in model.Blocks.ToArray())
        {
            if (block << Block.Shift >= content.Length || (!everything && random.Next(4) != 0))
                continue;
            int skip = random.Next(4) == 0 ? random.Next(Block.Size) : 0;
            int length = random.Next(3) == 0 ? random.Next(1, buffer.Length) : Block.Size - skip;
            long offset = (block << Block.Shift) + skip;
            error = options.Bug == RunBug.NoSecondLook
                ? FirstLook.Read(image, worker!, snapshot.Number, content.Length, file!, offset, buffer.AsSpan(0, length), out int read)
                : image.ReadView(worker!, snapshot.Number, content.Length, file!, offset, buffer.AsSpan(0, length), out read);
            if (error == FsError.None && (!snapshot.Held || snapshot.LossOf(entry.Image) is not null))
                error = FsError.Io;
            if (error != FsError.None)
            {
                worst = error;
                continue;
            }
            int wanted = content.Read(offset, expected.AsSpan(0, length));
            if (read != wanted || !IsSame(cut, model, offset, buffer.AsSpan(0, read), expected))
                throw Violation($"{name} in snapshot {snapshot.Name} (cut {snapshot.Number}) shows other data at block {block}");
        }
        return worst;
    }

    /// <summary>Byte for byte, but for blocks that somebody changed and nobody could notice.</summary>
    private static bool IsSame(ModelCut cut, ModelImage model, long offset, ReadOnlySpan<byte> shown, ReadOnlySpan<byte> expected)
    {
        for (int at = 0; at < shown.Length;)
        {
            long block = Block.Of(offset + at);
            int length = (int)Math.Min(((block + 1) << Block.Shift) - offset - at, shown.Length - at);
            if (!shown.Slice(at, length).SequenceEqual(expected.Slice(at, length)) && !cut.IsExcused(model, block))
                return false;
            at += length;
        }
        return true;
    }

    private void CheckChanges(bool everything)
    {
        foreach (ModelEntry from in list)
        {
            foreach (ModelEntry? to in list.Where(e => e.Cut.Capture > from.Cut.Capture).Append(null))
            {
                if (everything || random.Next(4) == 0)
                    CheckChanges(from, to);
            }
        }
    }

    /// <summary>The changed blocks of the newer point, laid over the older one, give the newer one; and no others were changed.</summary>
    private void CheckChanges(ModelEntry from, ModelEntry? to)
    {
        IEnumerable<(string Name, ModelImage Image, Pages Content)> newer = to is null
            ? live.Where(i => i.Name is not null).Select(i => (i.Name!, i, i.Content))
            : to.Cut.Images.Select(i => (i.Key, i.Value.Image, i.Value.Content));
        foreach ((string name, ModelImage image, Pages content) in newer)
        {
            int failures = Machine.Failed.Count;
            Outcome outcome = Engine.Changes(name, from.Name, to?.Name, out ChangeReport? report);
            AllowForFailures(failures, [image], command: true);
            if (!outcome.Succeeded)
            {
                if (Machine.Failed.Count == failures)
                    throw Violation($"changes of {name} from {from.Name} to {to?.Name ?? "now"} failed though nothing did: {outcome.Message}");
                continue;
            }
            // Asked about as it is now, it was looked at.
            if (to is null && Machine.Failed.Count == failures)
                Looked(image, report!.Full);
            string what = $"changes of {name} from {from.Name} (cut {from.Cut.Number}) to {to?.Name ?? "now"}";
            Pages? older = from.Cut.Images.Values.Where(i => i.Image == image).Select(i => i.Content).FirstOrDefault();
            if (report!.Size != content.Length)
                throw Violation($"{what}: size {report.Size}, should be {content.Length}");
            bool pathTaken = from.Cut.Images.TryGetValue(name, out (ModelImage Image, Pages) then) && then.Image != image;
            if (report.Full && pathTaken)
                continue;
            if (pathTaken && older is not null)
                throw Violation($"{what}: not full, though another image had its path then");
            if (report.Full)
            {
                // Of an image that is gone, and that no snapshot shows, nothing is kept.
                bool gone = live.All(i => i != image || i.Name is null) && (to is not { Held: true } || to.Cut.MayLose(image));
                if (older is not null && !gone && !from.Cut.MayBeFull(image))
                    throw Violation($"{what}: full ({report.Reason}), and nothing happened that allows it");
            }
            else if (older is null)
            {
                throw Violation($"{what}: not full, though {from.Name} doesn't have the image");
            }
            else
            {
                if (report.FormerSize != older.Length || from.Cut.Images[report.FormerImage!].Image != image)
                    throw Violation($"{what}: it was {report.FormerImage} with {report.FormerSize} bytes, should be {older.Length}");
                CheckExtents(what, report, image, older, content, from.Cut, to?.Cut.Capture ?? int.MaxValue);
            }
        }
    }

    private void CheckExtents(string what, ChangeReport report, ModelImage image, Pages older, Pages newer, ModelCut since, int until)
    {
        Touched[] touched = [.. image.Between(since.Capture, until)];
        bool anything = touched.Any(t => t.Everything);
        bool resized = older.Length != newer.Length && newer.Length > 0;
        if (resized && (report.Extents.Count == 0 || report.Extents[^1].Start + report.Extents[^1].Length != newer.Length))
            throw Violation($"{what}: the new end is missing");
        foreach (long block in image.Blocks)
        {
            long start = block << Block.Shift;
            if (start >= newer.Length || since.IsExcused(image, block))
                continue;
            bool changed = report.Extents.Any(e => start >= e.Start && start < e.Start + e.Length);
            int length = (int)Math.Min(Block.Size, newer.Length - start);
            if (!changed && !older[block][..length].SequenceEqual(newer[block][..length]))
                throw Violation($"{what}: block {block} is missing");
            if (!changed && touched.Any(t => t.Written.Contains(block)))
                throw Violation($"{what}: block {block} was written, acknowledged, and is missing");
            if (changed && !anything && !touched.Any(t => t.Allows(block)) && !(resized && start + Block.Size >= newer.Length))
                throw Violation($"{what}: block {block} is there and was never touched");
        }
        if (anything)
            return;
        foreach (Extent extent in report.Extents)
        {
            for (long block = Block.Of(extent.Start); block <= Block.Of(extent.Start + extent.Length - 1); block++)
            {
                if (!touched.Any(t => t.Allows(block)) && !(resized && (block + 1) << Block.Shift >= newer.Length))
                    throw Violation($"{what}: block {block} is there and was never touched");
                // A region that may count as changed as a whole is passed over at once.
                long region = block / ChangeBitmap.BitsPerPage;
                if (touched.Any(t => t.Regions.Contains((int)region)))
                    block = ((region + 1) * ChangeBitmap.BitsPerPage) - 1;
            }
        }
    }
}
