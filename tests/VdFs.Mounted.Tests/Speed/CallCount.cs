using System.Globalization;
using System.IO;

namespace VdFs.Mounted.Tests.Speed;

/// <summary>
/// Counts the system calls of a process, all of its threads, while something is done. Those that only wait aren't counted: the runtime's
/// other threads wake up by the clock, and being traced makes everything take long.
/// </summary>
internal static class CallCount
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string[] Waiting = ["futex", "sched_yield", "restart_syscall"];

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
        // Share, seconds, microseconds for each, calls, errors if there were any, name.
        long number = text.Split('\n').Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w.Length >= 5 && char.IsAsciiDigit(w[0][0]) && w[^1] != "total" && !Waiting.Contains(w[^1]))
            .Sum(w => long.Parse(w[3], CultureInfo.InvariantCulture));
        return new Count(number, "system calls\n" + text);
    }
}
