using System.IO;

namespace VdFs.Fuse.Session;

/// <summary>The running kernel.</summary>
public static class KernelRelease
{
    /// <summary>As uname(1) tells it, or "unknown".</summary>
    public static string Current { get; } = Read();

    private static string Read()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }
}
