using System.Collections.Concurrent;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World.Scheduled;

/// <summary>
/// One seed: writers of the same and of neighbouring blocks, readers of views, cuts, releases and the end of intents as threads, of which one runs at a time and which take
/// turns at every call of the engine; then the process is killed, the power lost, or it ends; and the next engine opens what is left.
/// </summary>
/// <remarks>What a cut has to show is what the images held when its record was written, as nothing is inside the gate then; what they may hold is what its clients wrote.</remarks>
internal sealed partial class ScheduledRun : IDisposable
{
    private readonly ScheduleOptions options;
    private readonly Random random;
    private readonly SimulatedWorld world = new(shared: false);
    private readonly List<ScheduledImage> images = [];
    private readonly List<ScheduledCut> cuts = [];
    private readonly ConcurrentQueue<Action> background = new();
    private readonly List<string> story = [];
    private readonly Gate otherGate = new();
    private VdFs.Core.Engine? engine;
    private ClientSchedule? schedule;
    private ulong tags;
    private int names;

    /// <summary>Steps of former lives.</summary>
    private int past;
    private bool durable;

    /// <summary>A power cut has put regions in doubt: more than was written may count as changed.</summary>
    private bool inexact;

    public ScheduledRun(long seed, ScheduleOptions options)
    {
        this.options = options;
        random = new Random((int)((seed * 104_729) ^ (seed >> 19)));
        world.Machine.OnCall = OnCall;
        world.Clock.Read = OnClock;
    }

    /// <summary>The schedule that was, life by life.</summary>
    public IEnumerable<string> Story => schedule is null ? story : story.Concat(schedule.Story);

    private VdFs.Core.Engine Engine => engine!;

    private int Now => past + (schedule?.Steps ?? 0);

    public void Do()
    {
        Open();
        for (int i = random.Next(1, 3); i > 0; i--)
            CreateImage();
        _ = world.Tree.SyncAll();
        for (int life = 0; life < options.Lives; life++)
        {
            Live();
            End();
            Open();
            Check();
        }
    }

    public void Dispose()
    {
        schedule?.Dispose();
        otherGate.Dispose();
    }

    private void Open()
    {
        durable = random.Next(4) == 0;
        EngineOptions wanted = new()
        {
            MaxCheckpoints = 3, DurableSnapshots = durable, BootId = world.BootId, Clock = world.Clock, Background = background.Enqueue, GateLimit = TimeSpan.FromHours(1),
        };
        Outcome outcome = VdFs.Core.Engine.Open(world.State, world.Preserve, world.Catalog, world.Tree, wanted, out engine);
        if (!outcome.Succeeded)
            throw new WorldViolationException($"the engine doesn't open: {outcome.Message}");
        DoBackground();
    }

    private void CreateImage()
    {
        _ = world.Tree.Create($"i{images.Count}", out SimulatedFile? file);
        _ = file!.SetLength(Places[^1] + (64 << 10));
        var image = new ScheduledImage($"i{images.Count}", file.Node!);
        images.Add(image);
        file.Dispose();
    }

    private void Live()
    {
        schedule = new ClientSchedule(random, random.Next(3) switch { 0 => 0, 1 => 0.5, _ => 0.9 });
        Engine.Gate.Pause = () => Step("waits at the gate");
        otherGate.Pause = Engine.Gate.Pause;
        foreach (ScheduledImage image in images)
            image.Rebase(powerCut: false);
        for (int i = random.Next(2, 4); i > 0; i--)
            Client($"writer {i}", Writer);
        for (int i = random.Next(1, 3); i > 0; i--)
            Client($"reader {i}", Reader);
        for (int i = random.Next(1, 3); i > 0; i--)
            Client($"command {i}", Commander);
        if (random.Next(2) == 0)
            Client("tender", Tender);
        if (options.Deaths && random.Next(2) == 0)
            world.Machine.Arm(random.Next(1, 400), (DeathMoment)random.Next(3));
        try
        {
            schedule.Run();
        }
        catch (InvalidOperationException e)
        {
            throw new WorldViolationException(e.Message);
        }
        if (schedule.Failures.FirstOrDefault() is { } failure)
            throw failure is WorldViolationException ? failure : new InvalidOperationException(failure.Message, failure);
        if (world.Machine.IsDead)
            return;
        world.Machine.Arm();
        CheckLive();
    }

    /// <summary>Randomness of a client is its own: whoever is chosen draws from it alone.</summary>
    private void Client(string name, Action<Random> work)
    {
        var its = new Random(random.Next());
        schedule!.Add(name, () => work(its));
    }

    private void OnCall(string call)
    {
        if (ClientSchedule.Who is null)
            return;
        Step(call);
    }

    /// <summary>A cut looks at the clock when nothing can change any more: that is its instant.</summary>
    private void OnClock()
    {
        if (ClientSchedule.Who is { } who && Engine.Gate.IsClosed && making.TryGetValue(who, out ScheduledCut? cut) && cut.At < 0)
            Capture(cut);
    }

    private void Step(string label)
    {
        schedule!.Step(label);
        if (world.Machine.IsDead)
            throw new SimulatedDeathException(label);
    }

    private void Capture(ScheduledCut cut)
    {
        cut.Capture(images, Now);
        foreach (ScheduledImage image in images)
        {
            if (image.Implausible(cut.Images[image], Now) is { } problem)
                throw new WorldViolationException($"image {image.Name} at cut {cut.Name}: {problem}");
        }
    }

    private void DoBackground()
    {
        while (background.TryDequeue(out Action? action))
            action();
    }

    /// <summary>The end of a life: clean, by a kill, or with the power.</summary>
    private void End()
    {
        story.AddRange(schedule!.Story);
        past += schedule.Steps;
        schedule.Dispose();
        schedule = null;
        bool clean = false;
        if (!world.Machine.IsDead)
        {
            world.Machine.Arm();
            DoBackground();
            if (random.Next(3) == 0)
            {
                Outcome outcome = Engine.Stop();
                if (!outcome.Succeeded)
                    throw new WorldViolationException($"the engine doesn't stop: {outcome.Message}");
                Engine.Dispose();
                clean = true;
            }
        }
        background.Clear();
        making.Clear();
        bool power = options.Deaths && random.Next(3) == 0;
        story.Add(power ? "the power is cut" : clean ? "it ended" : "it is killed");
        if (!power)
        {
            world.EndProcess();
            return;
        }
        world.CutPower(new Survival(random));
        bool exact = clean || durable;
        inexact |= !exact;
        foreach (ScheduledImage image in images)
            image.Rebase(powerCut: true);
        foreach (ScheduledCut cut in exact ? [] : cuts)
            cut.MayBeLost = true;
    }
}
