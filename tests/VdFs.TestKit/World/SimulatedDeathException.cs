namespace VdFs.TestKit.World;

/// <summary>The simulated process or machine ended at a call: thrown by it and by every later one, so that nothing else has an effect.</summary>
public sealed class SimulatedDeathException : Exception
{
    public SimulatedDeathException(string call)
        : base($"the simulated machine ended at {call}")
    {
    }
}
