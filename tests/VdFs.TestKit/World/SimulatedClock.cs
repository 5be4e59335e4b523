namespace VdFs.TestKit.World;

/// <summary>The wall clock of a world: goes on when it is told to, and may jump either way.</summary>
public sealed class SimulatedClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 22, 3, 15, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
