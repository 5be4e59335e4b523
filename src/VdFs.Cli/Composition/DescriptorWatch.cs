using System.IO;
using Microsoft.Extensions.Logging;
using VdFs.Cli.Service;
using VdFs.Core.Storage;

namespace VdFs.Cli.Composition;

/// <summary>How many descriptors the worker has, and a warning before there are too many: what is idle is closed long before, so what comes close to the limit is in use.</summary>
/// <remarks>For one thread at a time, but for <see cref="Status"/>.</remarks>
internal sealed class DescriptorWatch(IdleDescriptors idle, ulong limit, ILogger log)
{
    private const double WarnAt = 0.8;

    /// <summary>Told again after it was below this.</summary>
    private const double CalmAt = 0.7;

    private bool told;

    public DescriptorStatus Status()
    {
        int used = Count();
        return new(used, idle.Count, (long)Math.Min(limit, long.MaxValue), Warning(used));
    }

    /// <summary>To be called now and then.</summary>
    public void Look()
    {
        int used = Count();
        if (!told && Warning(used) is { Length: > 0 } warning)
        {
            told = true;
            log.LogWarning("{Message}", warning);
        }
        else if (used < limit * CalmAt)
        {
            told = false;
        }
    }

    private string Warning(int used) => used < limit * WarnAt ? "" :
        $"{used} of {limit} descriptors are open, though VdFs closes those that are idle: clients have many files or folders open, or open files without a name. At the limit their next open fails. "
        + "Raise the limit (`ulimit -n`, or LimitNOFILE= of the unit), and mount again.";

    private static int Count()
    {
        try
        {
            // Without the one that is used for counting.
            return Directory.EnumerateFileSystemEntries("/proc/self/fd").Count() - 1;
        }
        catch (IOException)
        {
            // Not even a descriptor for counting them.
            return int.MaxValue;
        }
    }
}
