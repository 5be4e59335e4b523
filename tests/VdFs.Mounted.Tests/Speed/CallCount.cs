using System.Globalization;
using System.IO;

namespace VdFs.Mounted.Tests.Speed;

/// <summary>Counts the system calls of a process, all of its threads, while something is done.</summary>
internal static class CallCount
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <param name="process">Whose calls.</param>
    /// <param name="folder">For strace's summary.</param>
    /// <param name="what">Is done meanwhile.</param>
    public static Count During(int process, string folder, Action what)
    {
        string summary = Path.Combine(folder, "strace");
        using var strace = new BackgroundTool("strace", ["-c", "-f", "-o", summary, "-p", process.ToString(CultureInfo.InvariantCulture)]);
        strace.WaitFor("attached", lines => lines.Any(l => l.Contains("attached", StringComparison.Ordinal)), Limit);
        what();
        Tool.Run("kill", "-INT", strace.Id.ToString(CultureInfo.InvariantCulture)).Checked();
        strace.WaitForExit(Limit);
        string text = File.ReadAllText(summary);
        string total = text.Split('\n').Last(l => l.EndsWith(" total", StringComparison.Ordinal));
        // Share, seconds, microseconds for each, calls, and errors if there were any.
        return new Count(long.Parse(total.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], CultureInfo.InvariantCulture), "system calls\n" + text);
    }
}
