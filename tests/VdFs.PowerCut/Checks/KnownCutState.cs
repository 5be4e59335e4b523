namespace VdFs.PowerCut.Checks;

/// <summary>What the load had done with a cut; while an operation is under way, either outcome is right.</summary>
public enum KnownCutState
{
    Cutting,
    Held,
    Releasing,
    Released,
    Forgetting,
    Forgotten,
}
