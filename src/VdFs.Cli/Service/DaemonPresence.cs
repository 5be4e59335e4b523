namespace VdFs.Cli.Service;

/// <summary>What the locks of a mount's daemon tell of it; see <see cref="DaemonLock"/>.</summary>
public enum DaemonPresence
{
    /// <summary>There is no lock: nothing is known.</summary>
    Unknown,

    /// <summary>There was a daemon, and no process of it lives.</summary>
    Ended,

    /// <summary>Some process of the daemon lives.</summary>
    Lives,

    /// <summary>Another user's, who lets nobody look.</summary>
    Hidden,
}
