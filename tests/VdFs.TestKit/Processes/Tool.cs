using System.Diagnostics;
using System.IO;
using System.Text;

namespace VdFs.TestKit.Processes;

/// <summary>Runs commands with captured output and a hard time limit, so that nothing that hangs on a mount hangs the tests.</summary>
public static class Tool
{
    private static readonly string[] SystemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

    /// <summary>Runs a command with a limit of a minute.</summary>
    public static ToolResult Run(string command, params IReadOnlyList<string> arguments) =>
        Run(command, arguments, TimeSpan.FromSeconds(60));

    /// <summary>Runs a command of bash, which stops at the first failing step (pipes included).</summary>
    public static ToolResult Bash(string script, TimeSpan? limit = null, string? folder = null) =>
        Run("bash", ["-euo", "pipefail", "-c", script], limit ?? TimeSpan.FromSeconds(60), folder);

    /// <summary>
    /// Runs a command. Past <paramref name="limit"/> the process and its descendants are killed and the result is
    /// <see cref="ToolResult.TimedOut"/>; one that even SIGKILL can't end (it waits in the kernel) is left behind, and the result says so.
    /// </summary>
    public static ToolResult Run(
        string command, IReadOnlyList<string> arguments, TimeSpan limit, string? folder = null,
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        using var process = new Process { StartInfo = StartInfo(command, arguments, folder, environment) };
        var output = new StringBuilder();
        var error = new StringBuilder();
        var clock = Stopwatch.StartNew();
        process.Start();
        process.StandardInput.Close();
        Thread[] readers = [Read(process.StandardOutput, line => Append(output, line)), Read(process.StandardError, line => Append(error, line))];

        int exitCode;
        if (process.WaitForExit(limit))
        {
            exitCode = process.ExitCode;
            // A daemon that it started may hold its pipes open for ever: what is printed by now counts.
            var waiting = Stopwatch.StartNew();
            foreach (Thread reader in readers)
                reader.Join(Math.Max(0, 2000 - (int)waiting.ElapsedMilliseconds));
        }
        else
        {
            exitCode = ToolResult.TimedOut;
            process.Kill(entireProcessTree: true);
            if (!process.WaitForExit(TimeSpan.FromSeconds(5)))
                Append(error, $"process {process.Id} survives SIGKILL: it waits in the kernel");
        }
        lock (output)
        lock (error)
            return new ToolResult(CommandLine(command, arguments), exitCode, output.ToString(), error.ToString(), clock.Elapsed);
    }

    /// <summary>The full path of a command in PATH or the folders of system commands.</summary>
    /// <exception cref="FileNotFoundException">It isn't installed.</exception>
    public static string Find(string command)
    {
        if (command.Contains('/'))
            return command;
        foreach (string folder in SearchPath())
        {
            string candidate = Path.Combine(folder, command);
            if (File.Exists(candidate))
                return candidate;
        }
        throw new FileNotFoundException($"'{command}' isn't installed; native-deps/install.sh installs what the tests need.", command);
    }

    internal static ProcessStartInfo StartInfo(
        string command, IReadOnlyList<string> arguments, string? folder, IReadOnlyDictionary<string, string?>? environment)
    {
        var info = new ProcessStartInfo(Find(command), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "/",
        };
        info.Environment["PATH"] = string.Join(':', SearchPath());
        info.Environment["LC_ALL"] = "C";
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
            info.Environment[name] = value;
        return info;
    }

    internal static string CommandLine(string command, IReadOnlyList<string> arguments) =>
        string.Join(' ', arguments.Prepend(command));

    private static IEnumerable<string> SearchPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(SystemFolders).Distinct();

    /// <summary>On a thread of its own: tests that keep the pool's busy would keep its readers from what a command has printed.</summary>
    internal static Thread Read(StreamReader from, Action<string> line, Action? end = null)
    {
        var thread = new Thread(() =>
        {
            try
            {
                while (from.ReadLine() is { } next)
                    line(next);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The result was taken, though something still held the pipe.
            }
            finally
            {
                end?.Invoke();
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
        return thread;
    }

    private static void Append(StringBuilder text, string line)
    {
        lock (text)
            text.Append(line).Append('\n');
    }
}
