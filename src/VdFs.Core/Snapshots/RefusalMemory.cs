namespace VdFs.Core.Snapshots;

/// <summary>Memory that lasts as long as its process.</summary>
public sealed class RefusalMemory : IRefusalMemory
{
    public RefusedCut? Refused { get; set; }
}
