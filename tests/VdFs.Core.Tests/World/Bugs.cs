using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>The bugs that are put in on purpose, each of which the world has to find. docs/durability.md lists them.</summary>
internal static class Bugs
{
    private static readonly Dictionary<string, RunOptions> Table = new(StringComparer.Ordinal)
    {
        ["the image is written before the record"] = Delay("record.write", "image.write"),
        ["the bit is recorded before the pre-image is kept"] = Seam(() => new SeamMutation { Delayed = c => c is "data.write" or "sums.write" ? "record.write" : null }),
        ["a bit is recorded and nothing is kept"] = Drop("data.write"),
        ["a run is recorded and not shared"] = Drop("data.share"),
        ["sums are not written"] = Drop("sums.write"),
        ["a bit that could not be written is believed to be"] = Seam(() => new SeamMutation { Overlooked = c => c == "record.write" }),
        ["stores go before the release is committed"] = Delay("catalog.release", "sums.delete"),
        ["too much is punched out of a store"] = Seam(() => new SeamMutation { PunchesBeyond = 1 }),
        ["a cut is answered before it is committed"] = Drop("catalog.complete"),
        ["a release is answered before it is committed"] = Drop("catalog.release"),
        ["a commit that failed is taken for settled"] = Seam(() => new SeamMutation { Overlooked = c => c == "catalog.settle" }),
        ["a cut that was refused is not remembered"] = new RunOptions { Bug = RunBug.RefusalsForgotten },
        ["a joined record goes before its bits are added to the other"] = Seam(() => new SeamMutation { Dropped = (c, step) => c == "record.write" && step.StartsWith("forget", StringComparison.Ordinal) }),
        ["a deleted image gets no hidden link"] = Drop("tree.retain"),
        ["the hidden link is made after the name went"] = Delay("tree.retain", "tree.unlink"),
        ["a mount doesn't note that it has begun"] = Drop("catalog.begin"),
        ["the boot id is not compared"] = new RunOptions { Bug = RunBug.SameBootId },
        ["a clean end doesn't sync the records"] = Drop("state.syncall"),
        ["a clean end doesn't sync the stores"] = Drop("preserve.syncall"),
        ["a clean end doesn't sync the images"] = Drop("tree.syncall"),
        ["a client's fsync is not passed on"] = Drop("image.sync"),
        ["a client's O_DSYNC is not passed on"] = new RunOptions { Bug = RunBug.DurabilityIgnored },
        ["an error of the image's device is hidden from the client"] = Seam(() => new SeamMutation { Overlooked = c => c == "image.write" }),
        ["writers don't pass the gate"] = new RunOptions { Bug = RunBug.NoGate },
        ["snapshots are given up where writers are to wait or fail"] = new RunOptions { Bug = RunBug.PolicyIgnored },
        ["the preserve store holds more than it may"] = new RunOptions { Bug = RunBug.LimitIgnored },
        ["sizes and times of images are not looked at"] = new RunOptions { Bug = RunBug.TimesIgnored },
        ["changes of names during a scan are not noted"] = new RunOptions { Bug = RunBug.NamesNotNoted },
        ["a view doesn't look at the records again after reading the image"] = new RunOptions { Bug = RunBug.NoSecondLook },
        ["truncation is not recorded"] = new RunOptions { Bug = RunBug.ResizeNotRecorded },
        ["a record has no intent"] = Fleeting(c => c is "intents.write" or "intents.sync"),
        ["an intent is written and not synced"] = Fleeting(c => c == "intents.sync"),
        ["an intent ends before the images are synced"] = Fleeting(c => c == "tree.syncall"),
        ["an intent ends before the records are synced"] = Fleeting(c => c == "state.syncall"),
        ["a pre-image is not synced before the image changes"] = Lasting(c => c == "data.sync"),
        ["a sum is not synced before the image changes"] = Lasting(c => c == "sums.sync"),
        ["a bit is not synced before the image changes"] = Lasting(c => c == "record.sync"),
        ["the name of a store is not synced"] = Lasting(c => c == "preserve.syncfolder"),
        ["a cut doesn't sync what was written before it"] = Lasting(c => c == "tree.syncall"),
    };

    public static IEnumerable<string> Names => Table.Keys;

    public static RunOptions Of(string name) => Table[name];

    private static RunOptions Seam(Func<Mutation> mutation) => new() { Mutation = mutation };

    /// <summary>Of a mount whose snapshots don't survive power cuts.</summary>
    private static RunOptions Fleeting(Func<string, bool> dropped) => Seam(() => new SeamMutation { Dropped = (c, step) => step != "stop" && dropped(c) }) with { Durable = false };

    /// <summary>Of one whose snapshots do.</summary>
    private static RunOptions Lasting(Func<string, bool> dropped) => Seam(() => new SeamMutation { Dropped = (c, step) => step != "stop" && dropped(c) }) with { Durable = true };

    private static RunOptions Drop(string call) => Seam(() => new SeamMutation { Dropped = (c, _) => c == call });

    private static RunOptions Delay(string call, string until) => Seam(() => new SeamMutation { Delayed = c => c == call ? until : null });
}
