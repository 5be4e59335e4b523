using VdFs.Core.Snapshots;
using VdFs.PowerCut.Load;
using VdFs.PowerCut.Native;

namespace VdFs.PowerCut.Checks;

/// <content>What is told to have changed, against what has.</content>
public sealed partial class CutCheck
{
    private const string After = "after";

    /// <summary>A copy of what is told, over the content at each known cut, is the content at the newer point.</summary>
    private void CheckChanges(Content[] newer, string? to, IReadOnlyList<SnapshotInfo> listed)
    {
        foreach (SnapshotInfo cut in listed)
        {
            if (!known.TryGetValue(cut.Name, out Content[]? older))
                continue;
            for (int image = 0; image < LoadPlan.Images; image++)
                CheckChanges(older[image], newer[image], cut.Name, to);
        }
        // The command tells what its service told.
        if (to is null && listed.Count > 0)
        {
            string image = LoadPlan.Name(random.Next(LoadPlan.Images));
            string from = listed[random.Next(listed.Count)].Name;
            if (!served.ToldChanges(image, from).SequenceEqual(Extents(served.Changes(image, from))))
                Violation($"vdfs changes tells something else than its service, for {image} from {from}");
        }
    }

    private void CheckChangesBetween(IReadOnlyList<SnapshotInfo> listed)
    {
        SnapshotInfo[] cuts = [.. listed.Where(s => known.ContainsKey(s.Name))];
        for (int i = 0; i + 1 < cuts.Length; i++)
        {
            int image = random.Next(LoadPlan.Images);
            SnapshotInfo newer = cuts[random.Next(i + 1, cuts.Length)];
            CheckChanges(known[cuts[i].Name][image], known[newer.Name][image], cuts[i].Name, newer.Name);
        }
    }

    private void CheckChanges(Content older, Content newer, string from, string? to)
    {
        ChangeReport report = served.Changes(LoadPlan.Name(newer.Image), from, to);
        IReadOnlyList<Extent> told = Extents(report);
        HashSet<long> changed = [];
        int missing = 0, first = 0;
        for (int place = LoadPlan.ImageSectors - 1; place >= 0; place--)
        {
            if (older.Numbers[place] == newer.Numbers[place])
                continue;
            long offset = newer.Offset(place);
            changed.Add(offset / BlockSize);
            if (!told.Any(e => e.Start <= offset && e.Start + e.Length >= offset + LoadPlan.SectorSize))
            {
                missing++;
                first = place;
            }
        }
        if (missing > 0)
        {
            Violation($"changes from {from} to {to ?? "now"} lack {missing} sectors, first {At(newer, first)}: "
                + $"write {older.Numbers[first]} then, write {newer.Numbers[first]} at the newer point");
        }
        if (from == After)
            return;
        result.Questions++;
        result.Asked += report.Size;
        if (report.Full)
        {
            result.Full++;
            result.Reasons.Add(report.Reason);
        }
        result.Told += told.Sum(e => e.Length);
        result.Changed += changed.Count * BlockSize;
    }

    /// <summary>Life goes on: writes, a cut, more writes; the cut is exact, and changes since it are the blocks written and no others.</summary>
    private void CheckAfterwards(IReadOnlyList<SnapshotInfo> listed)
    {
        byte[] buffer = new byte[128 * LoadPlan.SectorSize];
        Write(1, 60, buffer);
        Content[] atCut = ReadLive();
        served.Cut(After);
        HashSet<(int, long)> written = Write(61, 90, buffer);
        foreach (Content expected in atCut)
            CheckSame(Content.Read($"{served.Mount}/.snapshots/{After}/{LoadPlan.Name(expected.Image)}", expected.Image), expected, "the view of a cut after the power cut");
        CheckChanges(atCut, After, listed);
        known[After] = atCut;
        Content[] live = ReadLive();
        foreach (Content image in live)
        {
            CheckChanges(atCut[image.Image], image, After, to: null);
            IReadOnlyList<Extent> told = Extents(served.Changes(LoadPlan.Name(image.Image), After));
            long blocks = told.Sum(e => e.Length) / BlockSize;
            int really = written.Count(w => w.Item1 == image.Image);
            if (blocks != really)
                Violation($"after the power cut {really} blocks of {LoadPlan.Name(image.Image)} were written since a new cut, and {blocks} are told");
        }
    }

    /// <summary>Does writes of the time after the power cut, and answers which blocks of which image they touched.</summary>
    private HashSet<(int Image, long Block)> Write(int from, int to, byte[] buffer)
    {
        HashSet<(int, long)> blocks = [];
        for (int number = from; number <= to; number++)
        {
            PlannedWrite write = plan.Write(number % LoadPlan.Writers, LoadPlan.AfterPowerCut + number);
            long offset = LoadPlan.Offset(write.Image, write.Spot, write.First);
            Span<byte> bytes = Writer.Content(write, buffer);
            using RawFile image = RawFile.ForWriting($"{served.Mount}/{LoadPlan.Name(write.Image)}");
            image.Write(bytes, offset);
            for (long block = offset / BlockSize; block <= (offset + bytes.Length - 1) / BlockSize; block++)
                blocks.Add((write.Image, block));
        }
        return blocks;
    }

    private static IReadOnlyList<Extent> Extents(ChangeReport report) =>
        !report.Full ? report.Extents : [new Extent(0, report.Size)];
}
