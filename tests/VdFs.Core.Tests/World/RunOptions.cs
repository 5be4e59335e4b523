using VdFs.Core.Errors;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>What may happen in a run.</summary>
internal sealed record RunOptions
{
    public int Lives { get; init; } = 4;

    public int Steps { get; init; } = 14;

    public bool Kills { get; init; } = true;

    public bool PowerCuts { get; init; } = true;

    public bool Faults { get; init; } = true;

    /// <summary>Devices that run full.</summary>
    public bool FullDevices { get; init; } = true;

    /// <summary>Clients that do something in the middle of another's command.</summary>
    public bool Interruptions { get; init; } = true;

    public Mutation? Mutation { get; init; }

    /// <summary>A mutation of the machine: its boot id never changes.</summary>
    public bool KeepsBootId { get; init; }

    /// <summary>Takes a line per step and call.</summary>
    public Action<string>? Trace { get; init; }
}
