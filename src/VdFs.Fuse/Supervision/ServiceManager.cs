using System.Globalization;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Supervision;

/// <summary>
/// The service manager (systemd) that started this process, as sd_notify(3) describes the way to it: it is told how the service is, and keeps descriptors that
/// it passes to the unit's next process (<see cref="HeldDescriptors.FromServiceManager"/>).
/// </summary>
/// <remarks>
/// <para>Safe from any thread. Messages are taken in the order in which they were sent, after the sender's end too: what was handed over outlives it.</para>
/// <para>The manager doesn't answer. A descriptor that it refuses (no room in the store, NotifyAccess) is told in its log alone.</para>
/// </remarks>
public sealed class ServiceManager : IDisposable
{
    private readonly NotifySocket socket;

    private ServiceManager(NotifySocket socket, TimeSpan? watchdog, int? storeSize)
    {
        this.socket = socket;
        Watchdog = watchdog;
        StoreSize = storeSize;
    }

    /// <summary>Whoever is silent for that long is taken for hanging and ended (WatchdogSec=); null: nobody watches.</summary>
    public TimeSpan? Watchdog { get; }

    /// <summary>How many descriptors it keeps, as far as it says so (systemd 254 and newer do, in FDSTORE); null: not known.</summary>
    public int? StoreSize { get; }

    /// <summary>The one that started this process; null if none did.</summary>
    public static ServiceManager? FromEnvironment()
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 0 } path || NotifySocket.Open(path) is not { } socket)
            return null;
        bool watches = Environment.GetEnvironmentVariable("WATCHDOG_PID") is not { Length: > 0 } watched
            || watched == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return new ServiceManager(
            socket,
            watches && Number("WATCHDOG_USEC") is { } microseconds and > 0 ? TimeSpan.FromMicroseconds(microseconds) : null,
            (int?)Number("FDSTORE"));
    }

    /// <summary>The one that listens at an address; null: there can't be one.</summary>
    internal static ServiceManager? At(string path) => NotifySocket.Open(path) is { } socket ? new ServiceManager(socket, null, null) : null;

    /// <summary>Tells how the service is: one assignment per line. False: the manager didn't take it.</summary>
    public bool Tell(string state) => socket.Send(state) == 0;

    /// <summary>Hands a descriptor over; the caller's stays the caller's. A former one of this name stays too. False: the manager didn't take it.</summary>
    /// <remarks>
    /// FDPOLL=0: without it the manager drops a descriptor on which poll(2) tells an error, as `/dev/fuse` does when the mount is gone. The next worker is to find that out
    /// itself, and to end cleanly: one that finds no device would mount anew what somebody has just unmounted.
    /// </remarks>
    public bool Store(string name, int descriptor) => socket.Send($"FDSTORE=1\nFDNAME={name}\nFDPOLL=0", descriptor) == 0;

    /// <summary>All descriptors of this name are dropped.</summary>
    public void Remove(string name) => _ = socket.Send($"FDSTOREREMOVE=1\nFDNAME={name}");

    /// <summary>Waits until the manager has worked off all that this process sent before (BARRIER=1, systemd 246 and newer). False: it hasn't within the limit.</summary>
    public unsafe bool WaitUntilTaken(TimeSpan limit)
    {
        int* ends = stackalloc int[2];
        if (MountLibc.pipe2(ends, FuseLibc.CloseOnExec) != 0)
            return false;
        bool sent = socket.Send("BARRIER=1", ends[1]) == 0;
        ProcessCalls.Close(ends[1]);
        // The manager closes its copy, the last one, when it comes to this message.
        var polled = new FuseLibc.PollFd { Fd = ends[0] };
        bool taken = sent && FuseLibc.poll(&polled, 1, (int)limit.TotalMilliseconds) > 0;
        ProcessCalls.Close(ends[0]);
        return taken;
    }

    public void Dispose() => socket.Dispose();

    private static long? Number(string variable) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
