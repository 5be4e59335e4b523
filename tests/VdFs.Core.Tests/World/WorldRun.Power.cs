using VdFs.Core.Durability;
using VdFs.Core.Tracking;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>What may be in doubt after a power cut, and no more: regions that clients asked for since they were last at rest.</summary>
internal sealed partial class WorldRun
{
    /// <summary>Turns of tending without a touch after which an intent must be gone.</summary>
    private const int TurnsToRest = 3;

    /// <summary>Regions whose intents are gone, and the count of syncs then: gone for good once the log was synced again.</summary>
    private readonly List<(ModelImage Image, int Region, int Syncs)> settling = [];
    private int syncs;

    /// <summary>This life keeps what snapshots need on stable storage.</summary>
    private bool durable;
    private bool wantsDurable;
    private bool lastWasDurable;

    /// <summary>Since the last engine that opened, others may have begun and not come to an end with it.</summary>
    private bool uncertain;

    /// <summary>A failure in this life may have lost what was handed over, and not only what it was about.</summary>
    private bool tainted;

    /// <summary>No room for an intent: everything is in doubt.</summary>
    private bool allInDoubt;

    private void Doubt(ModelImage image, long first, long last)
    {
        for (long region = first / ChangeBitmap.BitsPerPage; region <= last / ChangeBitmap.BitsPerPage; region++)
        {
            image.InDoubt[(int)region] = 0;
            settling.RemoveAll(s => s.Image == image && s.Region == region);
        }
        // A record of this generation that says that everything changed, as something failed: its intents are of the whole image.
        image.AllInDoubt |= image.At(captures).Everything;
    }

    /// <summary>The engine's timer: intents that nobody wanted for a while end.</summary>
    private void Tend()
    {
        Tell("tend");
        interruptible = options.Interruptions && Machine.Fault is null;
        world.Clock.FireTimers();
        try
        {
            world.DoBackground();
        }
        finally
        {
            interruptible = false;
        }
        AllowForFailures(0, images.Values, command: true);
        foreach ((ModelImage image, int region, _) in settling.Where(s => syncs > s.Syncs + 1))
            image.InDoubt.Remove(region);
        settling.RemoveAll(s => syncs > s.Syncs + 1);
        if (Machine.Failed.Count != 0)
            return;
        foreach (ModelImage image in images.Values)
        {
            foreach ((int region, int turns) in image.InDoubt.ToArray())
            {
                image.InDoubt[region] = turns + 1;
                if (turns + 1 == TurnsToRest)
                    settling.Add((image, region, syncs));
            }
        }
    }

    /// <summary>An engine opened: a clean end, and one that was not believed, left nothing in doubt.</summary>
    private void BeginLife(bool settled)
    {
        // What one that didn't sync left is synced by one that does.
        if (settled || (wantsDurable && !lastWasDurable && !uncertain))
            Rest();
        durable = lastWasDurable = wantsDurable;
        uncertain = false;
        tainted = false;
    }

    private void Rest()
    {
        foreach (ModelImage image in images.Values)
        {
            image.InDoubt.Clear();
            image.AllInDoubt = false;
        }
        settling.Clear();
        allInDoubt = false;
    }

    /// <summary>What was handed over may be lost: what was in doubt counts as changed, and held snapshots of such images may be lost.</summary>
    private void AllowForDoubts()
    {
        foreach (ModelImage image in images.Values)
        {
            bool doubtful = allInDoubt || image.AllInDoubt || image.InDoubt.Count != 0;
            bool gone = world.Tree.All.All(e => e.Value != image.Node) && world.Tree.Retained.All(e => e.Value != image.Node);
            foreach (ModelCut cut in cuts.Where(_ => doubtful || gone))
            {
                cut.AllowLoss(image);
                if (allInDoubt || gone)
                    cut.AllowFull(image);
            }
            for (int capture = 0; capture <= captures; capture++)
            {
                Touched touched = image.At(capture);
                touched.Regions.UnionWith(image.InDoubt.Keys);
                touched.Everything |= allInDoubt || image.AllInDoubt;
                touched.Written.RemoveWhere(b => allInDoubt || image.AllInDoubt || image.InDoubt.ContainsKey((int)(b / ChangeBitmap.BitsPerPage)));
            }
        }
    }

    /// <summary>For a run that is looked at: what the engine's log holds, and what the model has in doubt.</summary>
    private void TellDoubts()
    {
        if (options.Trace is null || !world.State.Files.Contains("intents"))
            return;
        Pages log = world.State["intents"].Cache;
        byte[] sector = new byte[IntentSector.Size];
        var intents = new List<Intent>();
        for (long at = sector.Length; at < log.Length; at += sector.Length)
        {
            log.Read(at, sector);
            for (int slot = 0; slot < IntentSector.Entries; slot++)
            {
                if (IntentSector.Get(sector, slot) is { } intent)
                    intents.Add(intent);
            }
        }
        options.Trace($"  intents: {string.Join(", ", intents.Select(i => $"{i.Image} {i.Region} since {i.Since}"))}");
        options.Trace($"  in doubt: {string.Join(", ", images.Values.Where(i => i.InDoubt.Count != 0).Select(i => $"{i.Name} {string.Join(' ', i.InDoubt.Keys)}"))}{(durable ? ", durable" : "")}{(allInDoubt ? ", everything" : "")}");
    }
}
