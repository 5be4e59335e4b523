using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Tracking;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>What became of a client's operation, and what follows for the model.</summary>
internal sealed partial class WorldRun
{
    private FsError lastClientError;

    /// <summary>
    /// An operation that changes bytes <paramref name="from"/>..<paramref name="to"/>: acknowledged, it is done as a whole; failed or under way at a death, each sector of
    /// the range is old or new, and nothing else changed.
    /// </summary>
    private FsError Change(OpenImage target, string what, long from, long to, Action<Pages> change, Func<FsError> call, bool written = false)
    {
        if (depth != 0)
            options.Trace?.Invoke($"  meanwhile {what}");
        else
            Tell(what);
        ModelImage image = target.Model;
        int failures = Machine.Failed.Count;
        Pages before = image.Content;
        Pages after = before.Clone();
        change(after);
        image.LookAt(from, to);
        if (after.Length != before.Length)
        {
            image.LookAt(Math.Min(before.Length, after.Length), Math.Min(before.Length, after.Length) + 1);
            image.LookAt(Math.Max(before.Length, after.Length) - 1, Math.Max(before.Length, after.Length));
        }
        NoLongerSighted(image);
        image.Touched = true;
        NeedRoom(Block.Of(Math.Max(from, to - 1)) - Block.Of(from) + 1);
        lastClientError = FsError.Io;
        try
        {
            lastClientError = call();
        }
        catch (SimulatedDeathException)
        {
            Reconcile(image, before, after, from, to, untouched: false);
            Ask(image, from, to, written: false);
            AllowForFailures(failures, [image]);
            throw;
        }
        if (lastClientError != FsError.None)
            options.Trace?.Invoke($"  the client gets {lastClientError}");
        Ask(image, from, to, written && lastClientError == FsError.None);
        List<(string Call, FsError Error)> failed = Machine.Failed[failures..];
        if (lastClientError == FsError.MustWait)
        {
            // Nothing of it was done, but blocks may be recorded; it would be repeated.
            Reconcile(image, before, before, from, to, untouched: true);
        }
        else if (IsForRoom(lastClientError, failed) && !failed.Any(f => Changing(f.Call)))
        {
            // It may have been done in part if it was done in pieces.
            Reconcile(image, before, after, from, to, untouched: to - from <= Image.PieceSize);
        }
        else if (lastClientError == FsError.None)
        {
            // It may have done less than was asked, and said so.
            image.Content = before.Clone();
            change(image.Content);
            image.ResizedSinceSync |= after.Length != before.Length;
            for (long block = Block.Of(from); block <= Block.Of(to) && block - Block.Of(from) < 100; block++)
                image.ChangedSinceSync.Add(block);
            if (Block.Of(to) - Block.Of(from) >= 100)
                image.ChangedSinceSync.UnionWith(image.Blocks);
            if (failed.Any(f => Changing(f.Call)))
                throw Violation($"the backing file's error {failed.First(f => Changing(f.Call))} didn't reach the client");
        }
        else
        {
            if (failed.All(f => f.Error != lastClientError))
                throw Violation($"the client got {lastClientError}, which nothing gave");
            if (failed.All(f => OfSnapshotsAlone(f.Call)))
                throw Violation($"the client got {lastClientError} though only {failed[0].Call} failed");
            Reconcile(image, before, after, from, to, untouched: to - from <= Image.PieceSize && !failed.Any(f => Changing(f.Call)));
        }
        AllowForFailures(failures, [image]);
        CheckRoom();
        return lastClientError;
    }

    private static bool Changing(string call) => call is "image.write" or "image.resize" or "image.punch" or "image.copy";

    /// <summary>Failures that a writer never sees: his snapshots do.</summary>
    private static bool OfSnapshotsAlone(string call) => IsOfStores(call) || call == "image.read";

    private void Ask(ModelImage image, long from, long to, bool written)
    {
        Touched touched = image.At(captures);
        Doubt(image, Block.Of(from), Block.Of(Math.Max(from, to - 1)));
        (long first, long last) = (Block.Of(from), Block.Of(Math.Max(from, to - 1)));
        touched.Asked.Add((first, last));
        if (!written || to <= from)
            return;
        for (long block = first; block <= last; block++)
            touched.Written.Add(block);
    }

    /// <summary>Takes the file as it is, if it is something that the operation may have left.</summary>
    private void Reconcile(ModelImage image, Pages before, Pages after, long from, long to, bool untouched)
    {
        Pages now = image.Node.Inode.Cache;
        foreach (long block in image.Blocks)
        {
            if (now.IsSame(block, before) || (!untouched && now.IsSame(block, after)))
                continue;
            for (int at = 0; at < Block.Size; at += Pages.Sector)
            {
                ReadOnlySpan<byte> sector = now[block].Slice(at, Pages.Sector);
                if (!sector.SequenceEqual(before[block].Slice(at, Pages.Sector)) && (untouched || !sector.SequenceEqual(after[block].Slice(at, Pages.Sector))))
                    throw Violation($"block {block} of {image.Name} is neither what it was nor what was to be written");
            }
        }
        if (now.Length != before.Length && (untouched || now.Length < Math.Min(before.Length, after.Length) || now.Length > Math.Max(before.Length, after.Length)))
            throw Violation($"{image.Name} has {now.Length} bytes, had {before.Length}, was to have {after.Length}");
        image.Content = now.Clone();
        image.ResizedSinceSync |= now.Length != before.Length;
        foreach (long block in image.Blocks.GetViewBetween(Block.Of(from), Block.Of(Math.Max(from, to))))
            image.ChangedSinceSync.Add(block);
    }

    /// <summary>What failed allows something to be lost, of the images that it was about; and no more than that.</summary>
    private void AllowForFailures(int since, IEnumerable<ModelImage> about, bool command = false)
    {
        // A device without room costs the oldest snapshots, of whatever image.
        bool space = GivesUp && (IsTight || roomShort);
        bool losses = false;
        bool records = false;
        foreach ((string call, FsError error) in Machine.Failed[since..])
        {
            string kind = call[..call.IndexOf('.')];
            bool stores = kind is "data" or "sums" or "preserve";
            bool lists = kind is "record" or "intents" or "list" or "other" or "state";
            bool devices = stores || lists || call == "tree.syncall";
            // Where writers pay, only who reads a store, or looks into one, finds it failing.
            space |= stores && (GivesUp || command);
            roomUncertain = true;
            losses |= call is "image.read" or "image.open" or "image.seek";
            records |= lists;
            allInDoubt |= kind is "intents";
            tainted |= devices;
            durable &= !devices;
        }
        if (space)
            about = images.Values;
        losses |= space;
        if (!losses && !records)
            return;
        foreach (ModelImage image in about.ToArray())
        {
            foreach (ModelCut cut in cuts)
            {
                cut.AllowLoss(image);
                if (records)
                    cut.AllowFull(image);
            }
            // A command joins records of any age; a writer has to do with the newest alone.
            for (int capture = command ? 0 : captures; records && capture <= captures; capture++)
                image.At(capture).Everything = true;
            image.AllInDoubt |= records;
        }
    }

    /// <summary>
    /// The images are what the power cut left of them; what was synced is there. What was kept about them is believed, or not, as the engine says: until
    /// then everything may be lost that was not at rest.
    /// </summary>
    private void AdoptAfterPowerCut(bool clean)
    {
        foreach (ModelImage image in live.ToArray())
        {
            string? name = world.Tree.All.Where(e => e.Value == image.Node).Select(e => e.Key).FirstOrDefault();
            if (clean && name != image.Name)
                throw Violation($"{image.Name} lost its name in a power cut after a clean end");
            if (image.Name is null && name is not null)
                Return(image);
            image.Name = name;
            CheckSynced(image);
            image.Content = image.Node.Inode.Cache.Clone();
            image.MarkSynced();
        }
        foreach ((string name, SimulatedNode node) in world.Tree.All)
        {
            if (live.All(i => i.Node != node))
                live.Add(images[node]);
            if (images[node].Name is null)
                Return(images[node]);
            images[node].Name = name;
        }
        if (clean)
            return;
        if (!durable)
            AllowForDoubts();
    }

    /// <summary>It was deleted, and so perhaps forgotten, and is there again.</summary>
    private void Return(ModelImage image)
    {
        image.Content = image.Node.Inode.Cache.Clone();
        image.MarkSynced();
        foreach (ModelCut cut in cuts)
        {
            cut.AllowFull(image);
            if (!durable)
                cut.AllowLoss(image);
        }
    }

    private void CheckSynced(ModelImage image)
    {
        Pages now = image.Node.Inode.Cache;
        if (!image.ResizedSinceSync && image.ChangedSinceSync.Count == 0 && now.Length != image.Synced.Length)
            throw Violation($"{image.Name} has {now.Length} bytes after a power cut, {image.Synced.Length} were synced");
        foreach (long block in image.Blocks)
        {
            if (!image.ResizedSinceSync && !image.ChangedSinceSync.Contains(block) && !now.IsSame(block, image.Synced))
                throw Violation($"block {block} of {image.Name} was synced and is not there after a power cut");
        }
    }
}
