namespace VdFs.Core.Space;

/// <summary>What happens when the preserve store has no room for a pre-image that a held snapshot needs.</summary>
public enum WhenFull
{
    /// <summary>The oldest held snapshot is lost as a whole and its room reclaimed, until there is room again; writers go on.</summary>
    GiveUp,

    /// <summary>Writers wait until there is room, up to a limit of time; then <see cref="Errors.FsError.NoSpace"/>.</summary>
    Wait,

    /// <summary>Writers get <see cref="Errors.FsError.NoSpace"/>; their image is untouched.</summary>
    Fail,
}
