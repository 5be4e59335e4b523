using VdFs.Core.Errors;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>Cuts, releases, renames: what they may leave, whole, failed, or cut short.</summary>
internal sealed partial class WorldRun
{
    /// <summary>Every capture, kept or not; what changes of an image are counted between.</summary>
    private readonly List<ModelCut> cuts = [];

    private int captures;
    private List<ModelEntry> list = [];

    /// <summary>After a command that failed or was cut short: lists that it may have left. The engine says which.</summary>
    private List<List<ModelEntry>>? possible;

    /// <summary>Of the last command that failed by a commit which may come back: what it leaves then.</summary>
    private List<List<ModelEntry>>? comingBack;

    /// <summary>That commit.</summary>
    private HandedOverCommit? comingBackBy;

    /// <summary>That command was a cut.</summary>
    private bool refused;

    /// <summary>The cut came back, and only the supervisor's memory knows that it was refused: no engine has opened since.</summary>
    private bool lurking;

    /// <summary>Cuts that were refused; of each it is once found out whether it is there all the same.</summary>
    private readonly HashSet<ModelCut> refusedCuts = [];

    private string? creating;
    private ModelCut? captured;
    private HashSet<ModelImage> knownBefore = [];

    private void Cut()
    {
        string name = $"s{random.Next(4)}";
        if (list.Any(e => e.Held && e.Name == name))
            return;
        Tell($"cut {name}");
        creating = name;
        captured = null;
        knownBefore = [.. live];
        Command(() =>
        {
            try
            {
                return Engine.Create(name);
            }
            finally
            {
                creating = null;
            }
        }, () => captured is null ? [list] : [list, WithRoom(list, name).Append(new ModelEntry(captured, name, true)).ToList()], refusable: true);
    }

    private void Release()
    {
        ModelEntry[] held = [.. list.Where(e => e.Held)];
        if (held.Length == 0)
            return;
        ModelEntry entry = held[random.Next(held.Length)];
        Tell($"release {entry.Name}");
        List<List<ModelEntry>> states = Released(entry);
        int before = roomMade;
        if (Command(() => Engine.Release(entry.Name), () => states))
            ExpectCall(before);
    }

    private void RenameCut()
    {
        if (list.Count == 0)
            return;
        ModelEntry entry = list[random.Next(list.Count)];
        string to = $"s{random.Next(5)}";
        ModelEntry? taken = list.Find(e => e.Name == to);
        if (to == entry.Name || (taken is not null && (taken.Held || !entry.Held)))
            return;
        Tell($"rename snapshot {entry.Name} to {to}");
        List<ModelEntry> renamed = [.. WithRoom(list, to).Select(e => e.Cut == entry.Cut ? e with { Name = to } : e)];
        Command(() => Engine.Rename(entry.Name, to), () => [list, renamed]);
    }

    private void Forget()
    {
        if (list.Count == 0)
            return;
        ModelEntry entry = list[random.Next(list.Count)];
        Tell($"forget {entry.Name}");
        List<List<ModelEntry>> states = entry.Held ? Released(entry) : [list];
        if (states[^1].Any(e => e.Cut == entry.Cut))
            states.Add([.. states[^1].Where(e => e.Cut != entry.Cut)]);
        Command(() => Engine.Delete(entry.Name), () => states);
    }

    private List<List<ModelEntry>> Released(ModelEntry entry)
    {
        List<List<ModelEntry>> states = [list, [.. list.Select(e => e == entry ? e with { Held = false } : e)]];
        while (states[^1].Count(e => !e.Held) > MaxCheckpoints)
        {
            ModelEntry oldest = states[^1].First(e => !e.Held);
            states.Add([.. states[^1].Where(e => e != oldest)]);
        }
        return states;
    }

    private static List<ModelEntry> WithRoom(List<ModelEntry> entries, string name)
    {
        var made = new List<ModelEntry>(entries);
        string at = name;
        for (int number = 1; ; number++)
        {
            int taken = entries.FindIndex(e => e.Name == at);
            if (taken < 0)
                return made;
            at = $"{name}~{number}";
            made[taken] = made[taken] with { Name = at };
        }
    }

    /// <param name="refusable">An error means that nothing of it is there, now or ever.</param>
    /// <returns>Whether it succeeded.</returns>
    private bool Command(Func<Outcome> call, Func<List<List<ModelEntry>>> states, bool refusable = false)
    {
        interruptible = options.Interruptions && Machine.Fault is null;
        Outcome outcome;
        try
        {
            outcome = call();
        }
        catch (SimulatedDeathException)
        {
            possible = states();
            AllowForFailures(0, images.Values, command: true);
            ForgetWhatNobodySaw(possible[^1]);
            throw;
        }
        finally
        {
            interruptible = false;
        }
        List<List<ModelEntry>> after = states();
        AllowForFailures(0, images.Values, command: true);
        if (outcome.Succeeded)
        {
            list = after[^1];
        }
        else
        {
            if (Machine.Failed.Count == 0)
                throw Violation($"the command failed though nothing did: {outcome.Message}");
            possible = refusable ? [list] : after;
            ExpectToComeBack(after, refusable);
            if (refusable && captured is not null)
                refusedCuts.Add(captured);
        }
        Machine.Settle(null);
        CheckList();
        return outcome.Succeeded;
    }

    /// <summary>A command failed. If it handed over a commit, that may be found done by the next engine.</summary>
    private void ExpectToComeBack(List<List<ModelEntry>> after, bool refusable)
    {
        // One that failed earlier, and whose commit nothing has taken the place of, is what may come back.
        if (world.HandedOver is not { } commit || commit == comingBackBy)
            return;
        // What withdraws a cut takes the place of its commit.
        (comingBack, comingBackBy, refused) = refusable && commit.Name != "complete" ? (null, null, false) : (after, commit, refusable);
    }

    /// <summary>
    /// A command failed, and its commit may be found done by the next engine, as nothing was committed since. Of a cut that was refused the supervisor's memory knows; where the power
    /// takes that too, before any engine settled or dropped the cut, and only there, it may be seen again.
    /// </summary>
    private void ExpectWhatMayComeBack(bool power)
    {
        bool there = comingBack is not null && (world.HandedOver == comingBackBy || (lurking && world.HoldsRefused));
        if (there && (power || !refused))
            possible = [list, .. possible ?? [], .. comingBack!];
        lurking = there && refused && !power;
        if (!lurking)
            NothingComesBack();
    }

    private void NothingComesBack()
    {
        lurking = false;
        comingBack = null;
        comingBackBy = null;
    }

    /// <summary>
    /// A cut that was refused is there all the same (<see cref="ExpectWhatMayComeBack"/>). Nothing is kept for a cut that there isn't: what clients did since then to its images, their
    /// deletion too, it lacks, and says so. Of all others it is whole, and from here on it is one like others.
    /// </summary>
    private void AllowForReturned()
    {
        foreach (ModelCut cut in list.Select(e => e.Cut).Where(refusedCuts.Remove))
        {
            foreach ((ModelImage image, _) in cut.Images.Values.Where(i => i.Image.Name is null || i.Image.Between(cut.Capture, int.MaxValue).Any(t => t.Asked.Count != 0)))
                cut.AllowLoss(image);
        }
    }

    /// <summary>Of a cut that was under way at a death, images that came while it was being made may be missing.</summary>
    private void ForgetWhatNobodySaw(List<ModelEntry> last)
    {
        if (captured is null || last.All(e => e.Cut != captured))
            return;
        foreach ((ModelImage image, _) in captured.Images.Values.Where(i => !knownBefore.Contains(i.Image)))
        {
            captured.AllowLoss(image);
            captured.AllowFull(image);
        }
    }

    /// <summary>The gate is closed and the cut's record is about to be written: this is the instant of the cut.</summary>
    private void Capture()
    {
        captures++;
        captured = new ModelCut(captures, live.Where(i => i.Name is not null).ToDictionary(i => i.Name!, i => (i, i.Content.Clone())));
        cuts.Add(captured);
        SightAll(cut: true);
    }
}
