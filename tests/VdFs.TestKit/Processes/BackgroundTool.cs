using System.Diagnostics;

namespace VdFs.TestKit.Processes;

/// <summary>A command that runs beside the test; its lines are collected as they come. Disposing kills it and what it started.</summary>
public sealed class BackgroundTool : IDisposable
{
    /// <summary>For what a command wrote before its end to arrive here; what it started may hold its outputs open for longer.</summary>
    private static readonly TimeSpan LastLines = TimeSpan.FromSeconds(20);

    private readonly Process process;
    private readonly string commandLine;
    private readonly List<string> lines = [];
    private readonly object guard = new();

    /// <summary>Outputs that are still read, of two.</summary>
    private int reading = 2;

    /// <summary>Starts the command. Lines of both its outputs are collected, in order of arrival.</summary>
    public BackgroundTool(string command, IReadOnlyList<string> arguments, string? folder = null)
    {
        commandLine = Tool.CommandLine(command, arguments);
        process = new Process { StartInfo = Tool.StartInfo(command, arguments, folder, environment: null) };
        process.Start();
        process.StandardInput.AutoFlush = true;
        // Not by the pool, as in Tool: one that is busy reads nothing, and a command that ended well has then said nothing.
        Tool.Read(process.StandardOutput, Add, End);
        Tool.Read(process.StandardError, Add, End);
    }

    public int Id => process.Id;

    /// <summary>All lines up to now.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (guard)
                return [.. lines];
        }
    }

    public void WriteLine(string text) => process.StandardInput.WriteLine(text);

    /// <summary>Waits until <paramref name="condition"/> holds for the lines seen so far.</summary>
    /// <exception cref="TimeoutException">It didn't within the limit, or the process ended before, and so did its outputs; with the last lines of both.</exception>
    public void WaitFor(string what, Func<IReadOnlyList<string>, bool> condition, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        TimeSpan? end = null;
        lock (guard)
        {
            while (!condition(lines))
            {
                // Its last lines may be read after its end.
                if (process.HasExited)
                    end ??= clock.Elapsed;
                if (end is not null && (reading == 0 || clock.Elapsed > end + LastLines))
                    throw new TimeoutException($"{what}: the process ended with {process.ExitCode}\n{Tail()}");
                if (clock.Elapsed > limit)
                    throw new TimeoutException($"{what}: not within {limit.TotalSeconds} s\n{Tail()}");
                Monitor.Wait(guard, TimeSpan.FromMilliseconds(200));
            }
        }
    }

    /// <summary>Waits for the process's end and answers its exit code.</summary>
    /// <exception cref="TimeoutException">It still runs.</exception>
    public int WaitForExit(TimeSpan limit)
    {
        if (!process.WaitForExit(limit))
            throw new TimeoutException($"still running after {limit.TotalSeconds} s\n{Tail()}");
        var clock = Stopwatch.StartNew();
        lock (guard)
        {
            while (reading != 0 && clock.Elapsed < LastLines)
                Monitor.Wait(guard, TimeSpan.FromMilliseconds(200));
        }
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(TimeSpan.FromSeconds(5));
        }
        process.Dispose();
    }

    private string Tail()
    {
        lock (guard)
            return commandLine + "\n" + string.Join('\n', lines.TakeLast(60));
    }

    private void Add(string line)
    {
        lock (guard)
        {
            lines.Add(line);
            Monitor.PulseAll(guard);
        }
    }

    private void End()
    {
        lock (guard)
        {
            reading--;
            Monitor.PulseAll(guard);
        }
    }
}
