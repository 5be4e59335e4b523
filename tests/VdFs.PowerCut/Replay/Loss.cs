namespace VdFs.PowerCut.Replay;

/// <summary>Which of the writes that weren't flushed a power cut loses.</summary>
public enum Loss
{
    /// <summary>All.</summary>
    All,

    /// <summary>None.</summary>
    Nothing,

    /// <summary>Each with a chance of a half, and some of the rest are torn at sectors.</summary>
    Half,

    /// <summary>Each with a chance of its own run of luck, and some of the rest are torn.</summary>
    Some,

    /// <summary>All but one.</summary>
    AllButOne,

    /// <summary>Just one.</summary>
    One,
}
