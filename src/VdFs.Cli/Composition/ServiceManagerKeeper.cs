using VdFs.Cli.Mounting;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>A service manager's descriptor store, as the unit's main process, the worker, uses it.</summary>
/// <remarks>
/// What must hold at every instant: if the store has the device, it has all else that a later worker needs. So the device goes in last and comes out first; it is in
/// before the first request is answered. What is in the store survives this process; what isn't would end with it.
/// </remarks>
internal sealed class ServiceManagerKeeper : IMountKeeper, IDisposable
{
    /// <summary>A manager is slow when it reads its units anew, on a machine that is busy.</summary>
    private static readonly TimeSpan TakenLimit = TimeSpan.FromSeconds(10);

    /// <summary>As a supervisor gives a worker.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private readonly ServiceManager manager;
    private readonly MountRequest request;
    private readonly Action<string> warn;

    /// <summary>Guards <see cref="names"/>. A leaf, but for messages to the manager.</summary>
    private readonly Lock guard = new();
    private readonly HashSet<string> names;
    private readonly bool succeeds;
    private readonly ManualResetEventSlim over = new();

    /// <param name="manager">Stays the caller's.</param>
    /// <param name="request">What is mounted where.</param>
    /// <param name="stored">Names of what the store has by now.</param>
    /// <param name="warn">Takes what is worth a warning.</param>
    public ServiceManagerKeeper(ServiceManager manager, MountRequest request, IEnumerable<string> stored, Action<string> warn)
    {
        this.manager = manager;
        this.request = request;
        this.warn = warn;
        names = new(stored, StringComparer.Ordinal);
        succeeds = names.Contains(HeldDescriptors.Device);
    }

    /// <summary>Which build serves or tries to; empty: the one that the unit starts.</summary>
    public string Build { get; set; } = "";

    /// <summary>Known from when the mount is live or being made.</summary>
    public SessionMemory? Memory { get; set; }

    public string Holder => MountHolders.ServiceManager;

    public int ProcessId => 0;

    /// <summary>How long serving may stand still: the manager ends all processes of the unit if this one is silent for longer, a guard among them.</summary>
    public TimeSpan StandstillLimit
    {
        get
        {
            var limit = TimeSpan.FromSeconds(request.HangLimit);
            return manager.Watchdog is { } watchdog && (watchdog * 0.75) < limit ? watchdog * 0.75 : limit;
        }
    }

    public int TakeDevice()
    {
        try
        {
            using var device = SupervisedMount.MountGuarded(request);
            int mine = Fuse.Native.ProcessCalls.Duplicate((int)device.DangerousGetHandle());
            if (!Hold(HeldDescriptors.Device, mine) || !manager.WaitUntilTaken(TakenLimit))
                warn("The service manager doesn't take descriptors: if this process dies, the mount ends. The unit needs Type=notify and FileDescriptorStoreMax=; see vdfs@.service.");
            return mine;
        }
        catch (MountException e)
        {
            throw MountFailures.Explain(e);
        }
    }

    /// <summary>A start may take long: it may have a large state to read from a slow disk.</summary>
    public void AskForTime() => manager.Tell(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"EXTEND_TIMEOUT_USEC={(long)StartLimit.TotalMicroseconds}"));

    public void TellServing()
    {
        if (Memory is not { } memory || !succeeds)
            return;
        // This build serves: it is the one to go on with.
        memory.Build = Build;
        memory.TrySetCandidate("");
        memory.FailedStarts = memory.ReplacedBy = 0;
        memory.NoteSuccession();
        warn($"The worker {Environment.ProcessId} serves after a pause of {memory.LastPause!.Value.TotalMilliseconds:0} ms; workers replaced so far: {memory.Restarts}.");
    }

    public void TellReady()
    {
        manager.Tell($"READY=1\nSTATUS=The images of {request.BackingDirectory} are at {request.MountPoint}.");
        if (manager.Watchdog is { } limit)
            new Thread(() => ShowLife(limit / 3)) { Name = "vdfs alive", IsBackground = true }.Start();
    }

    public void TellFailed(ExitCode code, string message) => manager.Tell("STATUS=" + message.ReplaceLineEndings(" "));

    public void TellStopping() => manager.Tell("STOPPING=1\nSTATUS=Unmounting; open files are served until they are closed.");

    public bool TellUpgrade(string build)
    {
        if (Memory is not { } memory || !memory.TrySetCandidate(build))
            return false;
        memory.NoteEnd();
        return true;
    }

    public bool Hold(string name, int descriptor)
    {
        lock (guard)
        {
            // The store takes any number of one name.
            if (names.Contains(name))
                manager.Remove(name);
            else if (names.Count >= manager.StoreSize)
                return false;
            if (!manager.Store(name, descriptor))
                return false;
            names.Add(name);
            return true;
        }
    }

    public void Drop(string name)
    {
        lock (guard)
        {
            if (names.Remove(name))
                manager.Remove(name);
        }
    }

    /// <summary>Empties the store and waits until that is done: nobody is to go on with this.</summary>
    public void DropAll()
    {
        Drop(HeldDescriptors.Device);
        string[] rest;
        lock (guard)
            rest = [.. names];
        foreach (var name in rest)
            Drop(name);
        manager.WaitUntilTaken(TakenLimit);
    }

    public void Dispose()
    {
        over.Set();
        Memory?.Dispose();
    }

    /// <summary>As long as this process as a whole runs. That an operation takes long is no reason to end it: it may be waiting for a disk.</summary>
    private void ShowLife(TimeSpan interval)
    {
        do
            manager.Tell("WATCHDOG=1");
        while (!over.Wait(interval));
    }
}
