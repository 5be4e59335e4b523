namespace VdFs.Core.Checking;

/// <summary>One thing that a check of a state directory found, in words.</summary>
/// <param name="Fault">False: nothing is at risk (a leftover that the next mount removes, a loss that was told before).</param>
/// <param name="Where">The file or row that it is about.</param>
/// <param name="What">What is wrong there.</param>
/// <param name="Meaning">What that means for which image or snapshot.</param>
/// <param name="Repair">What `--repair` does about it; empty if nothing can be done without guessing.</param>
public sealed record StateFinding(bool Fault, string Where, string What, string Meaning, string Repair)
{
    /// <summary>True once it was repaired; the words stay.</summary>
    public bool Repaired { get; init; }
}
