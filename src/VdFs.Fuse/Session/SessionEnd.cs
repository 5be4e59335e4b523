namespace VdFs.Fuse.Session;

/// <summary>Why a session ended.</summary>
public enum SessionEndReason
{
    /// <summary>As it should: somebody unmounted it.</summary>
    Unmounted,

    /// <summary>The connection was aborted; the mount is dead until it is unmounted.</summary>
    Aborted,

    /// <summary>The transport failed.</summary>
    Failed,
}

/// <summary>How a session ended, with one sentence for people if not as it should.</summary>
public sealed record SessionEnd(SessionEndReason Reason, string Message);
