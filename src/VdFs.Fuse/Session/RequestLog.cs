using System.Diagnostics;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Session;

/// <summary>
/// Tells of requests that went wrong, at most <see cref="Burst"/> times per <see cref="Period"/>: a client that repeats itself must not
/// fill the disk with lines.
/// </summary>
internal sealed class RequestLog(ISessionLog log)
{
    public const int Burst = 10;
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>Guards the counters below. A leaf: nothing is called with it held.</summary>
    private readonly Lock counting = new();
    private long periodStart = Stopwatch.GetTimestamp();
    private int told;
    private int withheld;

    public void Malformed(in FuseInHeader header, int received) =>
        Tell($"The kernel sent a request that VdFs can't read, and got an error for it: {Describe(header)}, {received} bytes.", null);

    public void Failed(in FuseInHeader header, Exception exception) =>
        Tell($"A request failed unexpectedly and got an I/O error: {Describe(header)}.", exception);

    public void Undeliverable(in FuseInHeader header, int errno) =>
        Tell($"The kernel didn't take the answer to a request (errno {errno}): {Describe(header)}.", null);

    private static string Describe(in FuseInHeader header) =>
        $"{header.Opcode} of node {header.NodeId:x}, number {header.Unique}, {header.Len} bytes announced, from process {header.Pid}";

    private void Tell(string message, Exception? exception)
    {
        int before;
        lock (counting)
        {
            if (Stopwatch.GetElapsedTime(periodStart) > Period)
            {
                periodStart = Stopwatch.GetTimestamp();
                told = 0;
            }
            if (told == Burst)
            {
                withheld++;
                return;
            }
            told++;
            before = withheld;
            withheld = 0;
        }
        if (before > 0)
            message += $" ({before} more like this were not logged.)";
        if (exception is null)
            log.Warning(message);
        else
            log.Error(message, exception);
    }
}
