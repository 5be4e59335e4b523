namespace VdFs.Core.Tests.World.Scheduled;

/// <summary>How a scheduled run is.</summary>
internal sealed record ScheduleOptions
{
    public int Lives { get; init; } = 2;

    /// <summary>Processes that are killed, machines that lose their power.</summary>
    public bool Deaths { get; init; } = true;

    public ScheduleBug Bug { get; init; }
}

/// <summary>Bugs that are none as long as one client runs at a time.</summary>
internal enum ScheduleBug
{
    None,

    /// <summary>A view's read doesn't look at the records again after it read the image.</summary>
    NoSecondLook,

    /// <summary>A writer that waited for a sector's lock doesn't look at the record again.</summary>
    NoLookUnderLock,

    /// <summary>Writers don't pass the gate that a cut closes.</summary>
    NoGate,
}
