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

    /// <summary>Limits of the preserve store, and what happens when it is full.</summary>
    public bool Space { get; init; } = true;

    /// <summary>Somebody who changes images in the backing directory, past VdFs.</summary>
    public bool Hands { get; init; } = true;

    /// <summary>Clients that do something in the middle of another's command.</summary>
    public bool Interruptions { get; init; } = true;

    /// <summary>Whether held snapshots are to survive power cuts; null: by chance, life by life.</summary>
    public bool? Durable { get; init; }

    /// <summary>A bug at the seams of storage, tree and catalog.</summary>
    public Func<Mutation> Mutation { get; init; } = static () => new Mutation();

    /// <summary>A bug of what stands around the engine.</summary>
    public RunBug Bug { get; init; }

    /// <summary>Takes a line per step and call.</summary>
    public Action<string>? Trace { get; init; }
}

/// <summary>Bugs put in on purpose that no seam of the storage can show.</summary>
internal enum RunBug
{
    None,

    /// <summary>The machine's boot id never changes, so that a power cut passes for a kill.</summary>
    SameBootId,

    /// <summary>Changes of names aren't noted for a cut that is scanning.</summary>
    NamesNotNoted,

    /// <summary>A view reads the image and doesn't look at the records again.</summary>
    NoSecondLook,

    /// <summary>Truncation goes to the backing file without being recorded.</summary>
    ResizeNotRecorded,

    /// <summary>Writers don't pass the gate.</summary>
    NoGate,

    /// <summary>Sizes and times of images aren't looked at.</summary>
    TimesIgnored,

    /// <summary>Snapshots are given up where writers are to wait or to fail.</summary>
    PolicyIgnored,

    /// <summary>The preserve store's limit is not looked at.</summary>
    LimitIgnored,

    /// <summary>The memory of refused cuts keeps nothing.</summary>
    RefusalsForgotten,

    /// <summary>A client's O_DSYNC is lost on the way.</summary>
    DurabilityIgnored,
}
