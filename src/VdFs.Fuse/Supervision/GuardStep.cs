namespace VdFs.Fuse.Supervision;

/// <summary>What a guard does next.</summary>
internal enum GuardStep
{
    None,

    /// <summary>End the worker.</summary>
    Kill,

    /// <summary>It died, so that another one can serve.</summary>
    Replaced,

    /// <summary>It can't die: end the connection.</summary>
    Abort,
}
