namespace VdFs.Core.Snapshots;

/// <summary>
/// Memory that outlives the engine, for one refused cut: its commit failed, and neither that commit nor what was to undo it is known to be on stable storage. The next engine drops
/// such a cut if it finds it in the catalog after all. For one thread at a time (the engine's cut lock).
/// </summary>
public interface IRefusalMemory
{
    /// <summary>What is remembered; null: nothing.</summary>
    RefusedCut? Refused { get; set; }
}
