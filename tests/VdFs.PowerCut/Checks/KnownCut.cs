namespace VdFs.PowerCut.Checks;

/// <summary>A cut as the load knew it at the moment of a power cut.</summary>
public sealed class KnownCut
{
    /// <summary>Of each writer: the last write that had ended when mkdir began.</summary>
    public required IReadOnlyList<int> Ended { get; init; }

    /// <summary>Of each writer: the last write that had begun when mkdir had ended; null if it hadn't ended yet.</summary>
    public IReadOnlyList<int>? Begun { get; set; }

    /// <summary>Of each writer: the last write that the cut has; null if the load hadn't found it out yet.</summary>
    public IReadOnlyList<int>? Exact { get; set; }

    /// <summary>How far it was.</summary>
    public KnownCutState State { get; set; }
}
