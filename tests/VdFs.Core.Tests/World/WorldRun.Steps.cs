using VdFs.Core.Errors;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>One operation after a life without trouble, cut short or failing at a call that is told: so that every call of every operation is met.</summary>
internal sealed partial class WorldRun
{
    /// <summary>Operations by their names.</summary>
    public static IReadOnlyList<string> Operations { get; } =
        ["write", "resize", "punch", "copy", "sync", "create", "delete", "rename", "cut", "release", "rename snapshot", "forget", "tend", "stop", "open"];

    /// <summary>True if the operation made as many calls, so that <paramref name="end"/> came about.</summary>
    public bool DoStep(string operation, int call, StepEnd end)
    {
        Reopen();
        for (int i = 0; i < 3; i++)
            Live(CreateImage);
        for (int i = 0; i < 30; i++)
            Live(Step);
        if (operation == "open")
            EndProcess(power: false, clean: false);
        Machine.Fault = null;
        Machine.Arm();
        bool met = false;
        if (end >= StepEnd.NoSpace)
        {
            Machine.Fault = (name, number) =>
            {
                met |= number == call;
                return number != call ? FsError.None : end == StepEnd.NoSpace && TakesRoom(name) ? FsError.NoSpace : FsError.Io;
            };
        }
        else
        {
            Machine.Arm(call, end switch { StepEnd.KilledBefore => DeathMoment.Before, StepEnd.KilledWithin => DeathMoment.Within, _ => DeathMoment.After });
        }
        bool clean = false;
        Live(() => clean = Operate(operation));
        met |= Machine.IsDead;
        bool power = end is StepEnd.PowerCutNothing or StepEnd.PowerCutEverything or StepEnd.PowerCutSomething;
        double? share = end switch { StepEnd.PowerCutNothing => 0, StepEnd.PowerCutEverything => 1, _ => null };
        EndProcess(power, clean && !Machine.IsDead, power ? new Survival(random) { Share = share } : null);
        Reopen();
        CheckAll();
        for (int i = 0; i < 4; i++)
            Live(Step);
        EndProcess(power: false, clean: false);
        Reopen();
        CheckAll();
        return met;
    }

    /// <returns>Whether the engine ended cleanly.</returns>
    private bool Operate(string operation)
    {
        switch (operation)
        {
            case "write": Write(); break;
            case "resize": Resize(); break;
            case "punch": Punch(); break;
            case "copy": CopyRange(); break;
            case "sync": Sync(); break;
            case "create": CreateImage(); break;
            case "delete": DeleteImage(); break;
            case "rename": RenameImage(); break;
            case "cut": Cut(); break;
            case "release": Release(); break;
            case "rename snapshot": RenameCut(); break;
            case "forget": Forget(); break;
            case "tend": Tend(); break;
            case "stop": return Stop();
            default: _ = OpenOnce(); break;
        }
        return false;
    }

    private bool OpenOnce()
    {
        try
        {
            return Open();
        }
        catch (SimulatedDeathException)
        {
            uncertain = true;
            throw;
        }
    }
}
