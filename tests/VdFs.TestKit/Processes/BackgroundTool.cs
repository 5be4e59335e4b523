using System.Diagnostics;

namespace VdFs.TestKit.Processes;

/// <summary>A command that runs beside the test; its lines are collected as they come. Disposing kills it and what it started.</summary>
public sealed class BackgroundTool : IDisposable
{
    private readonly Process process;
    private readonly string commandLine;
    private readonly List<string> lines = [];
    private readonly object guard = new();

    /// <summary>How long a process's last lines may take after its end: what it started may keep its outputs.</summary>
    private static readonly TimeSpan LastLines = TimeSpan.FromSeconds(10);

    /// <summary>Outputs that have ended; 2: no line comes any more.</summary>
    private int ended;

    /// <summary>Starts the command. Lines of both its outputs are collected, in order of arrival.</summary>
    public BackgroundTool(string command, IReadOnlyList<string> arguments, string? folder = null)
    {
        commandLine = Tool.CommandLine(command, arguments);
        process = new Process { StartInfo = Tool.StartInfo(command, arguments, folder, environment: null) };
        process.OutputDataReceived += (_, e) => Add(e.Data);
        process.ErrorDataReceived += (_, e) => Add(e.Data);
        process.Start();
        process.StandardInput.AutoFlush = true;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
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
    /// <exception cref="TimeoutException">It didn't within the limit, or the process ended before; with the last lines.</exception>
    public void WaitFor(string what, Func<IReadOnlyList<string>, bool> condition, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        Stopwatch? gone = null;
        lock (guard)
        {
            while (!condition(lines))
            {
                // Its last lines come after its end, on a busy machine much later.
                if (gone is null && process.HasExited)
                    gone = Stopwatch.StartNew();
                bool over = gone is not null && (ended == 2 || gone.Elapsed > LastLines);
                if (over || clock.Elapsed > limit)
                    throw new TimeoutException($"{what}: {(over ? "the process ended" : $"not within {limit.TotalSeconds} s")}\n{Tail()}");
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
        process.WaitForExit();
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

    private void Add(string? line)
    {
        lock (guard)
        {
            if (line is null)
                ended++;
            else
                lines.Add(line);
            Monitor.PulseAll(guard);
        }
    }
}
