namespace VdFs.Core.Space;

/// <summary>What a piece of the state directory's reserve is wanted for; the later, the deeper it may go.</summary>
internal enum ReserveUse
{
    Records,
    Cuts,

    /// <summary>Beginning and ending a mount, releasing, telling losses.</summary>
    Upkeep,
}
