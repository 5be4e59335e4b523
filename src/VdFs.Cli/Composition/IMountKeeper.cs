namespace VdFs.Cli.Composition;

/// <summary>Who keeps what outlives the worker: the supervisor, or the service manager's descriptor store. The worker's side of it; safe from any thread.</summary>
public interface IMountKeeper
{
    /// <summary>One of <see cref="MountHolders"/>.</summary>
    string Holder { get; }

    /// <summary>Its process id as far as it is ours; 0: it is gone, or none of ours.</summary>
    int ProcessId { get; }

    /// <summary>Has the mount go live, now that everything is open that it needs, and answers the connection's descriptor, the caller's.</summary>
    /// <exception cref="CommandFailedException">It can't be mounted.</exception>
    int TakeDevice();

    /// <summary>Requests are being served.</summary>
    void TellServing();

    /// <summary>The control service listens too.</summary>
    void TellReady();

    /// <summary>The worker ends before it served.</summary>
    void TellFailed(ExitCode code, string message);

    /// <summary>The next worker is to be this build. False: this keeper can't do that.</summary>
    bool TellUpgrade(string build);

    /// <summary>Keeps a descriptor, under a name, for later workers. The caller's stays the caller's. False: it isn't kept.</summary>
    bool Hold(string name, int descriptor);

    void Drop(string name);
}
