using System.Globalization;
using System.IO;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace VdFs.Mounted.Tests.Death;

/// <summary>The processes behind a mount, as tests kill them and ask them.</summary>
internal sealed partial class Daemon(MountedImages images)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>The supervisor, by the mount's status; asked before anything is killed.</summary>
    public int Supervisor { get; } = Status(images).GetProperty("supervisor").GetProperty("pid").GetInt32();

    /// <summary>The worker that served last, by the log.</summary>
    public int Worker
    {
        get
        {
            Match last = WorkerLine().Matches(Log()).Last();
            return int.Parse(last.Groups[1].Success ? last.Groups[1].ValueSpan : last.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Milliseconds of every pause so far, by the log.</summary>
    public IReadOnlyList<double> Pauses() =>
        [.. PauseLine().Matches(Log()).Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];

    /// <summary>Kills the worker and doesn't wait for the next.</summary>
    public void KillWorker() => Kill(Worker);

    /// <summary>Kills one of the mount's processes, and nothing else.</summary>
    public void Kill(int process)
    {
        if (MountLeaks.Processes(images.Mount).Any(p => p.Id == process))
            Tool.Run("kill", "-KILL", process.ToString(CultureInfo.InvariantCulture)).Checked();
    }

    /// <summary>Waits until as many workers were replaced.</summary>
    public void WaitForSuccession(int count)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (Pauses().Count < count)
        {
            if (clock.Elapsed > Limit)
                throw new TimeoutException($"{Pauses().Count} of {count} workers were replaced\n{Log()}");
            Thread.Sleep(20);
        }
    }

    /// <summary>Answer of `vdfs status`; waits until the service is back.</summary>
    public static JsonElement Status(MountedImages images)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            ToolResult result = VdfsCommand.Run("status", images.Mount, "--json");
            if (result.ExitCode == 0)
                return JsonDocument.Parse(result.Output).RootElement;
            if (clock.Elapsed > Limit)
                throw new TimeoutException(result.ToString());
            Thread.Sleep(200);
        }
    }

    public static double Median(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);

    private string Log() => File.ReadAllText(Path.Combine(images.State, "vdfs.log"));

    [GeneratedRegex("serves after a pause of ([0-9]+) ms")]
    private static partial Regex PauseLine();

    [GeneratedRegex("The worker ([0-9]+) serves|Mounted .*, pid ([0-9]+)\\.")]
    private static partial Regex WorkerLine();
}
