using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>
/// One seed: images are written, cut, released, renamed, deleted; things fail; the process is killed, or the machine loses its power, at any call; another
/// engine opens what is left. The model knows what was acknowledged, and what was under way, and every promise is checked against it.
/// </summary>
internal sealed partial class WorldRun : IDisposable
{
    private const int MaxCheckpoints = 4;

    private readonly RunOptions options;
    private readonly Random random;
    private readonly SimulatedWorld world;

    /// <summary>Every image that ever was: a power cut may bring a deleted one back.</summary>
    private readonly Dictionary<SimulatedNode, ModelImage> images = [];

    /// <summary>Those that have a name, or that a client has open.</summary>
    private readonly List<ModelImage> live = [];
    private VdFs.Core.Engine? engine;
    private Worker? worker;
    private Worker? interrupter;

    /// <summary>For writers that don't pass the engine's.</summary>
    private readonly Gate noGate = new();
    private int names;
    private string step = "";

    /// <summary>The last end was clean, or isn't to be believed.</summary>
    private bool atRest;
    private bool distrusted;

    public WorldRun(long seed, RunOptions options)
    {
        this.options = options;
        random = new Random((int)(seed * 7919 ^ seed >> 17));
        world = new SimulatedWorld(shared: random.Next(3) == 0) 
        {
            KeepsBootId = options.Bug == RunBug.SameBootId, Refusals = options.Bug == RunBug.RefusalsForgotten ? new ForgetfulMemory() : new RefusalMemory(),
        };
        Machine.Mutation = options.Mutation();
        Machine.Trace = options.Trace is null ? null : line => options.Trace("    " + line);
        Machine.SharesExtents = seed % 3 == 0;
        Machine.OnCall = OnCall;
        world.Clock.Read = OnClock;
    }

    public SimulatedWorld World => world;

    private SimulatedMachine Machine => world.Machine;

    private VdFs.Core.Engine Engine => engine!;

    public void Do()
    {
        Reopen();
        for (int i = random.Next(1, 4); i > 0; i--)
            Live(CreateImage);
        for (int life = 0; life < options.Lives; life++)
        {
            for (int i = random.Next(options.Steps / 2, options.Steps * 2); i > 0; i--)
                Live(Step);
            EndLife();
            if (options.Hands && random.Next(4) == 0)
                ChangeBehind(mounted: false);
            Reopen();
            CheckAll();
        }
    }

    public void Dispose()
    {
        Abandon();
        noGate.Dispose();
    }

    /// <summary>One thing that may end in death; then the next life begins.</summary>
    private void Live(Action action)
    {
        if (Machine.IsDead)
            return;
        try
        {
            action();
            Finish();
        }
        catch (SimulatedDeathException)
        {
            Tell($"dead at {Machine.DiedAt}");
        }
    }

    private void Step()
    {
        TimeSpan passed = TimeSpan.FromMilliseconds(random.Next(0, 3000));
        elapsed += passed;
        world.Clock.Now += random.Next(40) == 0 ? TimeSpan.FromMilliseconds(random.Next(-100_000_000, 100_000_000)) : passed;
        Plan();
        if (IsTimeToTry)
        {
            TryWaiting();
            return;
        }
        switch (random.Next(100))
        {
            case < 34: Write(); break;
            case < 40: Tend(); break;
            case < 46: Resize(); break;
            case < 52: Punch(); break;
            case < 55: CopyRange(); break;
            case < 65: Cut(); break;
            case < 71: Release(); break;
            case < 74: RenameCut(); break;
            case < 77: Forget(); break;
            case < 80: CreateImage(); break;
            case < 83: DeleteImage(); break;
            case < 86: RenameImage(); break;
            case < 90: Sync(); break;
            case < 93: HoldOpen(); break;
            case < 96: CheckSome(); break;
            case < 97 when options.Space: ChangeSettings(); break;
            case < 99 when options.Hands: ChangeBehind(mounted: true); break;
            default: world.DoBackground(); break;
        }
    }

    /// <summary>What is to go wrong in the next step, if anything.</summary>
    private void Plan()
    {
        Machine.Fault = null;
        Machine.Arm();
        int chance = random.Next(100);
        if (chance < 7 && (options.Kills || options.PowerCuts))
            Machine.Arm(random.Next(1, random.Next(2) == 0 ? 6 : 40), (DeathMoment)random.Next(3));
        else if (chance < 14 && options.Faults)
            Machine.Fault = NewFault();
        else if (chance < 16 && options.FullDevices)
            FillDevices();
    }

    private bool IsTight => world.Tree.Device.IsUnlimited is false || world.State.Device.IsUnlimited is false || world.Preserve.Device.IsUnlimited is false;

    private void FillDevices()
    {
        foreach (SimulatedDevice device in new[] { world.Tree.Device, world.State.Device, world.Preserve.Device })
            device.Capacity = random.Next(2) == 0 ? device.Used + random.Next(6) : 1L << 28;
    }

    private Func<string, int, FsError> NewFault()
    {
        FsError error = random.Next(2) == 0 ? FsError.NoSpace : FsError.Io;
        int at = random.Next(1, random.Next(2) == 0 ? 6 : 30);
        string[] kinds = ["record.", "data.", "sums.", "image.", "catalog.", "catalog.sync", "intents.", "list.", "preserve.", "state."];
        string kind = kinds[random.Next(kinds.Length)];
        bool once = random.Next(2) == 0;
        if (random.Next(5) == 0)
            return NewOutage(random.Next(2) == 0 ? at : int.MaxValue, random.Next(1, 3));
        return (call, number) =>
        {
            bool fails = once ? number == at : call.StartsWith(kind, StringComparison.Ordinal);
            return !fails ? FsError.None : TakesRoom(call) ? error : FsError.Io;
        };
    }

    /// <summary>The state directory's device takes nothing any more, from a call on or from a commit's sync on.</summary>
    private static Func<string, int, FsError> NewOutage(int from, int fromSync)
    {
        bool begun = false;
        return (call, number) =>
        {
            begun |= number >= from || (call == "catalog.sync" && --fromSync == 0);
            return begun && IsOfState(call) ? FsError.Io : FsError.None;
        };
    }

    private static bool IsOfState(string call) => call[..call.IndexOf('.')] is "record" or "catalog" or "intents" or "list" or "other" or "state";

    private static bool TakesRoom(string call) =>
        call.EndsWith(".write", StringComparison.Ordinal) || call.EndsWith(".create", StringComparison.Ordinal) || call.EndsWith(".folder", StringComparison.Ordinal)
        || call.StartsWith("catalog.", StringComparison.Ordinal) || call.EndsWith(".resize", StringComparison.Ordinal) || call.EndsWith(".punch", StringComparison.Ordinal)
        || call.EndsWith(".copy", StringComparison.Ordinal);

    /// <summary>The step is over: what a mutation delayed beyond it happens, nothing is planned any more.</summary>
    private void Finish()
    {
        Machine.Fault = null;
        Machine.Arm();
        Machine.Settle(null);
        roomShort = false;
        if (random.Next(3) == 0)
        {
            world.DoBackground();
        }
    }

    private void EndLife()
    {
        bool clean = false;
        if (!Machine.IsDead && random.Next(3) == 0)
            Live(() => clean = Stop());
        bool power = options.PowerCuts && (!options.Kills || random.Next(2) == 0);
        EndProcess(power, clean && !Machine.IsDead);
    }

    private void EndProcess(bool power, bool clean, Survival? survival = null)
    {
        Tell(power ? $"power cut{(clean ? " after a clean end" : "")}" : clean ? "ended" : "killed");
        Abandon();
        ExpectWhatMayComeBack(power);
        atRest = clean;
        foreach (ModelImage image in images.Values)
            NoLongerSighted(image);
        if (power)
        {
            world.CutPower(survival ?? new Survival(random));
            AdoptAfterPowerCut(clean);
            distrusted = !clean;
        }
        else
        {
            world.EndProcess();
            if (tainted && !clean)
                AllowForDoubts();
        }
        TellDoubts();
        foreach (SimulatedDevice device in new[] { world.Tree.Device, world.State.Device, world.Preserve.Device })
            device.Capacity = 1L << 28;
        foreach (ModelImage image in live.Where(i => i.Name is null).ToArray())
            live.Remove(image);
    }

    /// <summary>Opens an engine on what is left; it may die or fail in that too, until it may not.</summary>
    private void Reopen()
    {
        for (int attempt = 0; ; attempt++)
        {
            Machine.Fault = null;
            Machine.Arm();
            if (attempt < 2 && names > 0 && random.Next(5) == 0 && (options.Kills || options.PowerCuts))
                Machine.Arm(random.Next(1, lurking ? 6 : 40), (DeathMoment)random.Next(3));
            else if (attempt < 2 && names > 0 && random.Next(8) == 0 && options.Faults)
                Machine.Fault = NewFault();
            try
            {
                Tell("open");
                if (Open())
                    return;
            }
            catch (SimulatedDeathException)
            {
                Tell($"dead at {Machine.DiedAt}");
                uncertain = true;
                EndProcess(options.PowerCuts && (!options.Kills || random.Next(2) == 0), clean: false);
                continue;
            }
            EndProcess(power: false, clean: false);
        }
    }

    private bool Open()
    {
        wantsDurable = options.Durable ?? random.Next(3) == 0;
        bool wasDurable = durable;
        durable &= wantsDurable;
        Outcome outcome = VdFs.Core.Engine.Open(
            world.State, world.Preserve, world.Catalog, world.Tree, world.Options(WithSpace(new EngineOptions { MaxCheckpoints = MaxCheckpoints, DurableSnapshots = wantsDurable, Log = e => Tell("  log: " + e.Message) })), out engine);
        AllowForFailures(0, images.Values, command: true);
        if (outcome.Succeeded)
        {
            NothingComesBack();
            worker = new Worker(Engine.Gate, mayWait: true);
            Engine.WaitingRoom.RoomMade = () =>
            {
                roomMade++;
                called = true;
            };
            if (Machine.Failed.Count == 0)
            {
                durable = wasDurable;
                if (atRest)
                    SightAll(cut: false);
                BeginLife(atRest || distrusted);
                atRest = distrusted = false;
            }
            else
            {
                // It opened, and may have settled what was in doubt or not: the next one judges anew.
                uncertain = true;
                atRest = distrusted = false;
            }
            interrupter = new Worker(options.Bug == RunBug.NoGate ? noGate : Engine.Gate, mayWait: false);
        }
        else if (Machine.Failed.Count == 0)
        {
            throw Violation($"the engine doesn't open, though nothing failed: {outcome.Message}");
        }
        Finish();
        if (outcome.Succeeded)
            CheckList();
        return outcome.Succeeded;
    }

    private bool Stop()
    {
        Tell("stop");
        TryWaiting(noLonger: true);
        world.DoBackground();
        Outcome outcome = Engine.Stop();
        AllowForFailures(0, images.Values, command: true);
        if (!outcome.Succeeded && Machine.Failed.Count == 0 && !tainted)
            throw Violation($"the engine doesn't stop, though nothing failed: {outcome.Message}");
        if (outcome.Succeeded)
        {
            Engine.Dispose();
            // What nobody had asked about until now was noticed with the end.
            foreach (ModelImage image in live.Where(i => i.Name is not null))
            {
                image.MarkSynced();
                image.Unnoticed = null;
            }
        }
        return outcome.Succeeded;
    }

    /// <summary>The engine is no more; nothing it would still do has an effect.</summary>
    private void Abandon()
    {
        foreach (OpenImage image in open)
            image.File.Dispose();
        open.Clear();
        foreach (WaitingClient client in waiting)
            client.Target?.File.Dispose();
        waiting.Clear();
        worker?.Dispose();
        interrupter?.Dispose();
        worker = interrupter = null;
        engine = null;
        creating = null;
        interruptible = false;
    }

    private void Tell(string what)
    {
        step = what;
        Machine.Mutation.Step = what;
        options.Trace?.Invoke(what);
    }

    private WorldViolationException Violation(string what) => new($"{what} (at: {step})");
}
