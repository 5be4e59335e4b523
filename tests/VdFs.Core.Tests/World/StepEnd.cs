namespace VdFs.Core.Tests.World;

/// <summary>What happens at one call of one operation.</summary>
internal enum StepEnd
{
    KilledBefore,
    KilledWithin,
    KilledAfter,

    /// <summary>The power is lost after the call, and nothing that wasn't synced survives.</summary>
    PowerCutNothing,

    /// <summary>… and everything does.</summary>
    PowerCutEverything,

    /// <summary>… and of each kind of file another share does.</summary>
    PowerCutSomething,

    NoSpace,
    IoError,
}
