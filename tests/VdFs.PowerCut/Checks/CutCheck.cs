using VdFs.Core.Snapshots;
using VdFs.PowerCut.Load;
using VdFs.PowerCut.Native;

namespace VdFs.PowerCut.Checks;

/// <summary>
/// After a power cut, on another boot: VdFs mounts; what was synced is there; each snapshot that the load had is exact or reported lost; what
/// `vdfs changes` tells since each cut has all that differs between that cut and now, so that a copy of it over a copy of the cut is the image as it is
/// now; and all this still holds for what is written and cut afterwards.
/// </summary>
public sealed partial class CutCheck(LoadPlan plan, History history, ServedImages served, Random random)
{
    private const int BlockSize = 4096;
    private readonly CutResult result = new();
    private readonly Dictionary<string, Content[]> known = [];

    public CutResult Run()
    {
        Content[] live = ReadLive();
        CheckSynced(live);
        IReadOnlyList<SnapshotInfo> listed = served.List();
        CheckNames(listed);
        foreach (SnapshotInfo snapshot in listed)
        {
            if (history.Cuts.TryGetValue(snapshot.Name, out KnownCut? cut) && cut.Exact is not null)
                known[snapshot.Name] = Content.After(plan, cut.Exact);
            if (snapshot.Held)
                CheckSnapshot(snapshot, cut);
        }
        CheckChanges(live, to: null, listed);
        CheckChangesBetween(listed);
        CheckAfterwards(listed);
        return result;
    }

    private Content[] ReadLive() => [.. Enumerable.Range(0, LoadPlan.Images).Select(i => Content.Read($"{served.Mount}/{LoadPlan.Name(i)}", i))];

    private void CheckSynced(Content[] live)
    {
        int[] last = [.. Enumerable.Range(0, LoadPlan.Writers).Select(history.LastKnown)];
        Content[] synced = Content.After(plan, last, history.IsSynced);
        foreach (Content image in live)
        {
            for (int place = 0; place < LoadPlan.ImageSectors; place++)
            {
                int number = image.Numbers[place];
                if (number == Sector.Foreign)
                    Violation($"{At(image, place)} is torn or holds what belongs elsewhere");
                else if (number < synced[image.Image].Numbers[place])
                    Violation($"{At(image, place)} holds write {number}, though write {synced[image.Image].Numbers[place]} was synced");
                else if (number > 0 && !Covers(plan.Write(Content.Owner(place), number), image.Image, place))
                    Violation($"{At(image, place)} holds write {number}, which doesn't go there");
                else if (synced[image.Image].Numbers[place] > 0)
                    result.SyncedSectors++;
            }
        }
    }

    private void CheckNames(IReadOnlyList<SnapshotInfo> listed)
    {
        foreach ((string name, KnownCut cut) in history.Cuts)
        {
            SnapshotInfo? info = listed.FirstOrDefault(s => s.Name == name);
            bool right = cut.State switch
            {
                KnownCutState.Cutting => info is null or { Held: true },
                KnownCutState.Held => info is { Held: true },
                KnownCutState.Releasing => info is not null,
                KnownCutState.Released => info is { Held: false },
                KnownCutState.Forgetting => info is null or { Held: false },
                _ => info is null,
            };
            if (!right)
                Violation($"{name} was {cut.State} and is {(info is null ? "not there" : info.Held ? "a snapshot" : "a checkpoint")} now");
        }
        foreach (SnapshotInfo info in listed)
        {
            if (!history.Cuts.ContainsKey(info.Name))
                Violation($"{info.Name} is listed, and nobody has made it");
        }
    }

    /// <summary>Each image's view is exact, or gives EIO and is reported lost.</summary>
    private void CheckSnapshot(SnapshotInfo snapshot, KnownCut? cut)
    {
        if (cut is null)
            return;
        Content?[] views = [.. Enumerable.Range(0, LoadPlan.Images).Select(i => View(snapshot, i))];
        int lost = views.Count(v => v is null);
        result.ViewsLost += lost;
        result.ViewsExact += LoadPlan.Images - lost;
        if (lost == 0 && snapshot.State == "whole")
            result.SnapshotsExact++;
        else
        {
            result.SnapshotsLost++;
            result.Reasons.Add(snapshot.State);
        }
        if (!known.TryGetValue(snapshot.Name, out Content[]? content))
        {
            // The load hadn't looked yet which writes the cut has; a view of everything tells it.
            if (lost > 0)
                return;
            int[] last = [.. Enumerable.Range(0, LoadPlan.Writers).Select(w => LastIn(views!, w))];
            for (int writer = 0; writer < LoadPlan.Writers; writer++)
            {
                if (last[writer] > cut.Begun?[writer])
                    Violation($"{snapshot.Name} has write {last[writer]} of writer {writer}, which began after it ({cut.Begun[writer]} was the last before)");
                last[writer] = Math.Max(last[writer], cut.Ended[writer]);
            }
            known[snapshot.Name] = content = Content.After(plan, last);
        }
        foreach (Content? view in views)
        {
            if (view is not null)
                CheckSame(view, content[view.Image], $"the view {snapshot.Name}");
        }
    }

    private Content? View(SnapshotInfo snapshot, int image)
    {
        string path = $"{served.Mount}/.snapshots/{snapshot.Name}/{LoadPlan.Name(image)}";
        try
        {
            return Content.Read(path, image);
        }
        catch (CallFailedException e) when (e.Error == Libc.InputOutputError)
        {
            // Damage is seen, and told, when it is come across.
            if (served.List().Single(s => s.Name == snapshot.Name).State == "whole")
                Violation($"{path} gives EIO, and the snapshot is reported whole");
            else if (!ServedImages.State(path).StartsWith("lost", StringComparison.Ordinal))
                Violation($"{path} gives EIO, and its attribute says '{ServedImages.State(path)}'");
            return null;
        }
    }

    private static int LastIn(Content[] views, int writer) =>
        views.Max(v => Enumerable.Range(0, LoadPlan.ImageSectors).Where(p => Content.Owner(p) == writer).Max(p => v.Numbers[p]));

    private void CheckSame(Content actual, Content expected, string what)
    {
        int wrong = 0, first = 0;
        for (int place = LoadPlan.ImageSectors - 1; place >= 0; place--)
        {
            if (actual.Numbers[place] != expected.Numbers[place])
            {
                wrong++;
                first = place;
            }
        }
        if (wrong > 0)
            Violation($"{what} of {LoadPlan.Name(actual.Image)}: {wrong} sectors are not as they were, first {At(actual, first)}: write {actual.Numbers[first]} instead of {expected.Numbers[first]}");
    }

    private static bool Covers(PlannedWrite write, int image, int place) =>
        write.Image == image && write.Spot == place / LoadPlan.SpotSectors
        && place % LoadPlan.SpotSectors >= write.First && place % LoadPlan.SpotSectors < write.First + write.Sectors;

    private static string At(Content image, int place) => $"{LoadPlan.Name(image.Image)} at {image.Offset(place)}";

    private void Violation(string words) => result.Violations.Add(words);
}
