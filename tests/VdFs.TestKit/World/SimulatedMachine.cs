using VdFs.Core.Errors;

namespace VdFs.TestKit.World;

/// <summary>How a call goes on that was let begin.</summary>
public enum CallFate
{
    Whole,

    /// <summary>The machine ends after the call took effect.</summary>
    WholeThenDeath,

    /// <summary>The machine ends in the middle of the call.</summary>
    PartThenDeath,

    /// <summary>A mutation left the call out.</summary>
    Dropped,
}

/// <summary>When in a call the machine ends.</summary>
public enum DeathMoment
{
    Before,
    Within,
    After,
}

/// <summary>
/// What all parts of a world share: every call to storage, tree or catalog passes here with its label ("record.write", "catalog.complete"), is counted, may
/// fail, and may be the one at which the process or the machine ends. For one thread at a time.
/// </summary>
public sealed class SimulatedMachine
{
    private readonly List<(string Until, Action Effect)> delayed = [];
    private long time = 1_000_000;

    /// <summary>Rises with every death: what was opened in a former life is dead for good.</summary>
    public int Life { get; private set; }

    public bool IsDead { get; private set; }

    /// <summary>Calls since <see cref="Arm"/>.</summary>
    public int Calls { get; private set; }

    /// <summary>Calls that failed since <see cref="Arm"/>, by plan or for want of room.</summary>
    public List<(string Call, FsError Error)> Failed { get; } = [];

    /// <summary>The call at which the machine ended.</summary>
    public string DiedAt { get; private set; } = "";

    public int DeathAt { get; private set; }

    public DeathMoment DeathMoment { get; private set; }

    /// <summary>Asked for every call, with its number since <see cref="Arm"/>; not an error: the call goes on.</summary>
    public Func<string, int, FsError>? Fault { get; set; }

    /// <summary>Called before each call that the machine lives to see; another client may do something here.</summary>
    public Action<string>? OnCall { get; set; }

    /// <summary>Whether files can share their extents.</summary>
    public bool SharesExtents { get; set; }

    public Mutation Mutation { get; set; } = new();

    /// <summary>Takes every call's label, for a run that is looked at.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>Nanoseconds of a clock that never stands still: times of files.</summary>
    public long Tick() => time += 1000;

    /// <summary>Begins to count calls anew. The machine ends at call <paramref name="deathAt"/> (from 1); 0: it doesn't.</summary>
    public void Arm(int deathAt = 0, DeathMoment moment = DeathMoment.Before)
    {
        Calls = 0;
        Failed.Clear();
        DeathAt = deathAt;
        DeathMoment = moment;
    }

    /// <summary>The process is gone; another begins.</summary>
    public void Restart()
    {
        Life++;
        IsDead = false;
        delayed.Clear();
        Fault = null;
        Arm();
    }

    /// <summary>Ends the machine here; whatever is called from now on throws.</summary>
    public SimulatedDeathException Die(string call)
    {
        IsDead = true;
        DiedAt = call;
        return new SimulatedDeathException(call);
    }

    /// <exception cref="SimulatedDeathException">The machine ended, now or before.</exception>
    public FsError Begin(string call, int life, out CallFate fate)
    {
        fate = CallFate.Whole;
        if (IsDead || life != Life)
            throw new SimulatedDeathException(call);
        OnCall?.Invoke(call);
        int number = ++Calls;
        Trace?.Invoke(call);
        FsError fault = Fault?.Invoke(call, number) ?? FsError.None;
        if (fault != FsError.None)
        {
            fate = CallFate.Dropped;
            return Mutation.Overlooks(call) ? FsError.None : Fail(call, fault);
        }
        if (number == DeathAt)
        {
            if (DeathMoment == DeathMoment.Before)
                throw Die(call);
            fate = DeathMoment == DeathMoment.After ? CallFate.WholeThenDeath : CallFate.PartThenDeath;
        }
        if (Mutation.Drops(call))
            fate = fate == CallFate.Whole ? CallFate.Dropped : throw Die(call);
        return FsError.None;
    }

    /// <summary>Notes that a call fails.</summary>
    public FsError Fail(string call, FsError error)
    {
        Failed.Add((call, error));
        Trace?.Invoke($"{call} fails: {error}");
        return error;
    }

    /// <summary>The call took effect as its fate says.</summary>
    public void End(string call, CallFate fate)
    {
        if (fate is CallFate.WholeThenDeath or CallFate.PartThenDeath)
            throw Die(call);
        if (delayed.Count != 0)
            Settle(call);
    }

    /// <summary>Whether a mutation lets this call take effect only later; then <paramref name="effect"/> is kept.</summary>
    public bool Delays(string call, Func<Action> effect)
    {
        if (Mutation.DelaysUntil(call) is not { } until)
            return false;
        delayed.Add((until, effect()));
        return true;
    }

    /// <summary>What was delayed takes effect: until a call, or all of it (null).</summary>
    public void Settle(string? call)
    {
        foreach ((string until, Action effect) in delayed.ToArray())
        {
            if (call is not null && until != call)
                continue;
            delayed.Remove((until, effect));
            effect();
        }
    }
}
