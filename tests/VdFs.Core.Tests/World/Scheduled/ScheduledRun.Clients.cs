using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World.Scheduled;

/// <summary>What the clients do. The model is touched between a step and the next call only, when nobody else runs.</summary>
internal sealed partial class ScheduledRun
{
    /// <summary>Where images are written: at their beginning, across two sectors of the record, across two regions.</summary>
    private static readonly long[] Places = [0, 0, 0, 4031L << 12, 32255L << 12];

    /// <summary>The cut that a command is making.</summary>
    private readonly Dictionary<string, ScheduledCut> making = [];

    private Image Find(ScheduledImage image) => Engine.Images.Find(image.Node.Key, image.Node.Identity.BirthTime) ?? Engine.Images.Add(image.Node.Key, image.Node.Identity);

    private void Writer(Random its)
    {
        using var worker = new Worker(options.Bug == ScheduleBug.NoGate ? otherGate : Engine.Gate, mayWait: its.Next(2) == 0);
        for (int i = its.Next(2, 7); i > 0; i--)
        {
            ScheduledImage image = images[its.Next(images.Count)];
            using var file = new SimulatedFile(world.Machine, image.Node.Inode, image.Node);
            switch (its.Next(20))
            {
                case < 15: Write(its, worker, image, file, punch: false); break;
                case < 17: Write(its, worker, image, file, punch: true); break;
                case < 19: _ = file.Sync(dataOnly: true); break;
                default: Resize(its, worker, image, file); break;
            }
        }
    }

    private void Write(Random its, Worker worker, ScheduledImage image, SimulatedFile file, bool punch)
    {
        long sector = (Places[its.Next(Places.Length)] / Pages.Sector) + (its.Next(3) * 8) + (its.Next(3) == 0 ? its.Next(8) : 0);
        int count = its.Next(2) == 0 ? 8 : its.Next(1, 24);
        ulong tag = punch ? 0 : ++tags;
        byte[] data = new byte[count * Pages.Sector];
        for (int at = 0; at < data.Length; at += 8)
            BitConverter.TryWriteBytes(data.AsSpan(at), tag);
        SectorWrite write = image.Begin(sector, count, tag, Now);
        Image known = Find(image);
        FsError error;
        do
        {
            error = punch ? known.Allocate(worker, file, AllocateMode.PunchHole | AllocateMode.KeepSize, sector * Pages.Sector, data.Length)
                : options.Bug == ScheduleBug.NoLookUnderLock ? CarelessWriter.Write(Engine, known, worker, file, sector * Pages.Sector, data, () => Step("comes to the sector's lock"))
                : known.Write(worker, file, sector * Pages.Sector, data, WriteDurability.None, out _);
            Step(error == FsError.MustWait ? "waits to be called again" : $"{(punch ? "punched" : "wrote")} {image.Name} sectors {sector}+{count} as {tag}: {error}");
        }
        while (error == FsError.MustWait);
        if (error != FsError.None)
            throw new WorldViolationException($"a writer got {error}");
        write.Ended = Now;
    }

    private void Resize(Random its, Worker worker, ScheduledImage image, SimulatedFile file)
    {
        image.Resize();
        long length = Places[its.Next(Places.Length)] + (its.Next(128) * Pages.Sector);
        image.Begin(length / Pages.Sector, 1, 0, Now);
        Image known = Find(image);
        FsError error;
        do
        {
            error = known.SetLength(worker, file, length);
            Step(error == FsError.MustWait ? "waits to be called again" : $"resized {image.Name} to {length}: {error}");
        }
        while (error == FsError.MustWait && worker.MayWait);
        if (error is not (FsError.None or FsError.MustWait))
            throw new WorldViolationException($"a resizing client got {error}");
    }

    private void Commander(Random its)
    {
        for (int i = its.Next(2, 5); i > 0; i--)
        {
            ScheduledCut[] held = [.. cuts.Where(c => c.Answered && !c.Releasing)];
            if (held.Length == 0 || its.Next(3) != 0)
                Cut();
            else
                Release(held[its.Next(held.Length)], forget: its.Next(3) == 0);
        }
    }

    private void Cut()
    {
        var cut = new ScheduledCut($"s{names++}");
        cuts.Add(cut);
        making[ClientSchedule.Who!] = cut;
        Outcome outcome = Engine.Create(cut.Name);
        Step($"cut {cut.Name}: {outcome.Message}");
        if (!outcome.Succeeded)
            throw new WorldViolationException($"cut {cut.Name} failed: {outcome.Message}");
        cut.Answered = true;
    }

    private void Release(ScheduledCut cut, bool forget)
    {
        cut.Releasing = true;
        Outcome outcome = forget ? Engine.Delete(cut.Name) : Engine.Release(cut.Name);
        Step($"released {cut.Name}: {outcome.Message}");
        if (!outcome.Succeeded && !cut.MayBeLost)
            throw new WorldViolationException($"the release of {cut.Name} failed: {outcome.Message}");
        cut.Released = true;
    }

    private void Reader(Random its)
    {
        using var worker = new Worker(Engine.Gate, mayWait: true);
        for (int i = its.Next(2, 7); i > 0; i--)
        {
            ScheduledCut[] held = [.. cuts.Where(c => c.Answered && !c.Released && !c.MayBeLost)];
            if (held.Length == 0)
            {
                Step("finds no snapshot");
                continue;
            }
            ScheduledCut cut = held[its.Next(held.Length)];
            ScheduledImage image = images[its.Next(images.Count)];
            if (its.Next(4) == 0)
                AskForChanges(cut, image);
            else
                ReadView(its, worker, cut, image);
        }
    }

    private void Tender(Random its)
    {
        for (int i = its.Next(2, 6); i > 0; i--)
        {
            world.Clock.FireTimers();
            DoBackground();
            Step("tended");
        }
    }
}
