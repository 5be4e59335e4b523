namespace VdFs.Core.Space;

/// <summary>What can be told about space while a mount is in use; null: stays as it is.</summary>
/// <param name="Limit">How much the preserve store may hold.</param>
/// <param name="WhenFull">What happens when it is full.</param>
/// <param name="WaitLimit">How long a writer waits for room.</param>
public sealed record SpaceSettings(SpaceLimit? Limit, WhenFull? WhenFull, TimeSpan? WaitLimit);
