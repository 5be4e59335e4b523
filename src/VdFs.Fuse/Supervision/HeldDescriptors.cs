using System.Globalization;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Supervision;

/// <summary>
/// Descriptors with names, which one process gives to the next: what outlives a worker. They are passed as systemd passes its descriptor store's
/// (sd_listen_fds(3)): in a row from number 3 on, their names in a variable.
/// </summary>
/// <remarks>Owns what is added until it is taken. For one thread.</remarks>
public sealed class HeldDescriptors : IDisposable
{
    /// <summary>The connection: `/dev/fuse`.</summary>
    public const string Device = "device";
    public const string Backing = "backing";
    public const string State = "state";
    public const string StateLock = "state-lock";
    public const string Preserve = "preserve";
    public const string PreserveLock = "preserve-lock";
    public const string DaemonLock = "daemon-lock";

    /// <summary>The folder of the control socket, locked together with others: nothing that tidies up takes away what is in it (systemd-tmpfiles(8)).</summary>
    public const string RuntimeFolder = "runtime-folder";

    /// <summary>Memory of the node table, the handle table and the session.</summary>
    public const string Nodes = "nodes";
    public const string Handles = "handles";
    public const string Session = "session";

    /// <summary>While a process has it open, the mount's guard is needed (<see cref="GuardProcess.Line"/>).</summary>
    public const string Guard = "guard";

    /// <summary>The worker's end of the <see cref="WorkerLink"/>.</summary>
    public const string Link = "link";

    /// <summary>Number of the first descriptor that is passed.</summary>
    public const int First = 3;

    /// <summary>Names, separated by colons, in the order of the numbers.</summary>
    private const string Variable = "VDFS_DESCRIPTORS";

    private readonly Dictionary<string, int> byName = new(StringComparer.Ordinal);

    private readonly List<string> closed = [];

    public IReadOnlyCollection<string> Names => byName.Keys;

    /// <summary>Names of what was passed and isn't open.</summary>
    public IReadOnlyCollection<string> Closed => closed;

    /// <summary>What the supervisor passed to this process; null if it passed nothing. Children of this process don't get them.</summary>
    public static HeldDescriptors? FromSupervisor() => From(Environment.GetEnvironmentVariable(Variable));

    /// <summary>What systemd's descriptor store passed to this process; null if it passed nothing.</summary>
    public static HeldDescriptors? FromServiceManager() =>
        Environment.GetEnvironmentVariable("LISTEN_PID") == Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
            ? From(Environment.GetEnvironmentVariable("LISTEN_FDNAMES")) : null;

    /// <summary>Takes ownership; a former one of this name is closed.</summary>
    public void Add(string name, int descriptor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(descriptor);
        Drop(name);
        byName[name] = descriptor;
    }

    /// <summary>The number stays this object's; -1: there is none of this name.</summary>
    public int Find(string name) => byName.GetValueOrDefault(name, -1);

    /// <summary>The number is the caller's from here on; -1: there is none of this name.</summary>
    public int Take(string name) => byName.Remove(name, out int descriptor) ? descriptor : -1;

    /// <summary>Closes one if it is there.</summary>
    public void Drop(string name)
    {
        if (byName.Remove(name, out int descriptor))
            ProcessCalls.Close(descriptor);
    }

    public void Dispose() => Clear();

    /// <summary>Closes all of them.</summary>
    public void Clear()
    {
        foreach (int descriptor in byName.Values)
            ProcessCalls.Close(descriptor);
        byName.Clear();
    }

    /// <summary>The program that takes this process's place next (execve(2)) gets all of them, at their numbers.</summary>
    public void PassOn()
    {
        foreach (int descriptor in byName.Values)
            _ = FuseLibc.fcntl(descriptor, FuseLibc.FcntlSetDescriptorFlags, 0);
    }

    /// <summary>The variable's line and the descriptors in the order in which the child gets them.</summary>
    internal (string Variable, int[] Descriptors) ForChild(int link)
    {
        string[] names = [.. byName.Keys, Link];
        return ($"{Variable}={string.Join(':', names)}", [.. byName.Values, link]);
    }

    internal static bool IsVariable(string name) => name is Variable or "LISTEN_PID" or "LISTEN_FDS" or "LISTEN_FDNAMES";

    private static HeldDescriptors? From(string? names)
    {
        if (string.IsNullOrEmpty(names))
            return null;
        var held = new HeldDescriptors();
        int descriptor = First;
        foreach (string name in names.Split(':'))
        {
            // A program in between may have closed one, and the number be the runtime's by now.
            if (ProcessCalls.WasPassed(descriptor))
                held.Add(name, descriptor);
            else
                held.closed.Add(name);
            descriptor++;
        }
        ProcessCalls.KeepFromChildren(First);
        return held;
    }
}
