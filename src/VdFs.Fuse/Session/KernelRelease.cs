using System.IO;

namespace VdFs.Fuse.Session;

/// <summary>The running kernel.</summary>
public static class KernelRelease
{
    /// <summary>As uname(1) tells it, or "unknown".</summary>
    public static string Current { get; } = Read();

    /// <summary>Requests that a dead daemon had read can be sent again: Linux 6.9. True if the release can't be read.</summary>
    public static bool CanResend { get; } = CanResendIn(Current);

    internal static bool CanResendIn(string release)
    {
        string[] numbers = release.Split('.', '-', '+', '~');
        return numbers.Length < 2 || !int.TryParse(numbers[0], out int major) || !int.TryParse(numbers[1], out int minor) || (major, minor).CompareTo((6, 9)) >= 0;
    }

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
