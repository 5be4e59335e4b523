using VdFs.Core;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Snapshots;
using VdFs.TestKit.Memory;

namespace VdFs.TestKit.World;

/// <summary>
/// A machine with images, state and stores on simulated devices, on which engines live and die. Everything random comes from one seed. A process's death
/// leaves all that was handed over; a power cut leaves of the unsynced any subset.
/// </summary>
/// <remarks>For one thread: what an engine leaves to the background is queued, and done when the run says so.</remarks>
public sealed class SimulatedWorld
{
    private readonly Queue<Action> background = [];
    private int boots;

    /// <summary>The last commit failed by its sync.</summary>
    private bool syncFailed;

    /// <param name="shared">Images, state and stores share one device.</param>
    public SimulatedWorld(bool shared)
    {
        var images = new SimulatedDevice();
        Tree = new SimulatedTree(Machine, images);
        State = new SimulatedStorage(Machine, shared ? images : new SimulatedDevice(), "state");
        Preserve = new SimulatedStorage(Machine, shared ? images : new SimulatedDevice(), "preserve");
        Catalog = new MemoryCatalog { Around = Commit, MayComeBack = () => syncFailed };
    }

    public SimulatedMachine Machine { get; } = new();

    public SimulatedClock Clock { get; } = new();

    public SimulatedTree Tree { get; }

    public SimulatedStorage State { get; }

    public SimulatedStorage Preserve { get; }

    public MemoryCatalog Catalog { get; }

    /// <summary>The supervisor's memory: it outlives workers, and no power cut.</summary>
    public IRefusalMemory Refusals { get; init; } = new RefusalMemory();

    /// <summary>
    /// A commit that was handed over and not synced: the engine was told that it failed, or died. The next engine on the same machine finds it done; after a power cut, chance decides.
    /// Another commit that is handed over takes its place.
    /// </summary>
    public HandedOverCommit? HandedOver { get; private set; }

    /// <summary>A cut that was refused is in the catalog: an engine died before it was settled, and none has dropped it yet.</summary>
    public bool HoldsRefused =>
        Refusals.Refused is { } refused && Catalog.Load().Cuts.Any(c => c.State != CutState.Pending && c.CutId.AsSpan().SequenceEqual(refused.CutId));

    /// <summary>A bug put in on purpose: the engine is told the same boot id for good.</summary>
    public bool KeepsBootId { get; set; }

    public string BootId => KeepsBootId ? "boot" : $"boot {boots}";

    public EngineOptions Options(EngineOptions wanted) => wanted with { SharedBlocks = 2, HoleBlocks = 2, RecordListSlack = 4, SettleLimit = TimeSpan.Zero, Refusals = Refusals, BootId = BootId, Clock = Clock, Background = background.Enqueue };

    /// <summary>What the engine left to the background, done in its order.</summary>
    public void DoBackground()
    {
        while (background.TryDequeue(out Action? action))
            action();
    }

    /// <summary>The process ended (a kill, or after a clean stop): nothing that was handed over is lost.</summary>
    public void EndProcess()
    {
        HandedOver?.Take();
        HandedOver = null;
        background.Clear();
        Clock.ForgetTimers();
        Machine.Restart();
    }

    /// <summary>The machine ended; what wasn't synced survives as <paramref name="survival"/> says.</summary>
    public void CutPower(Survival survival)
    {
        if (!survival.Keeps(survival.Of("catalog").Share))
            HandedOver = null;
        EndProcess();
        Refusals.Refused = null;
        boots++;
        foreach (SimulatedDevice device in new[] { Tree.Device, State.Device, Preserve.Device })
            device.Clear();
        Tree.LosePower(survival);
        State.LosePower(survival);
        Preserve.LosePower(survival);
    }

    /// <summary>A commit is atomic: there is nothing but before and after. It is handed over, then synced.</summary>
    private FsError Commit(string name, Action work)
    {
        syncFailed = false;
        string call = "catalog." + name;
        FsError error = Machine.Begin(call, Machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (fate == CallFate.Dropped)
            return FsError.None;
        if (fate is CallFate.Whole or CallFate.WholeThenDeath && Machine.Delays(call, () => work))
        {
            Machine.End(call, fate);
            return FsError.None;
        }
        HandedOver = fate == CallFate.PartThenDeath ? null : new(name, work);
        Machine.End(call, fate);
        error = Machine.Begin("catalog.sync", Machine.Life, out fate);
        syncFailed = error != FsError.None;
        if (syncFailed)
            return error;
        if (fate != CallFate.PartThenDeath)
        {
            work();
            HandedOver = null;
        }
        Machine.End("catalog.sync", fate);
        return FsError.None;
    }
}
