using System.Diagnostics;
using System.Globalization;
using System.IO;
using VdFs.Cli.Mounting;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Composition;

/// <summary>
/// Starts this program a second time as the daemon (the supervisor, which starts the worker), which outlives the shell, and learns over its standard
/// output how it went: one line, `ready WORKER` or `failed CODE MESSAGE`.
/// </summary>
public static class DetachedDaemon
{
    private const string Ready = "ready ";
    private const string Failed = "failed ";

    /// <summary>Starts the daemon and waits until it serves.</summary>
    /// <returns>The worker's process id.</returns>
    public static async Task<int> StartAsync(MountRequest request, TimeSpan limit, CancellationToken cancellation)
    {
        // Whoever called may wait for the end of a pipe that the daemon must not keep open.
        ProcessCalls.KeepFromChildren(3);
        using var process = Process.Start(StartInfo(request))
            ?? throw new CommandFailedException(ExitCode.Unexpected, "The daemon couldn't be started.");
        process.StandardInput.Close();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(limit);
        string? line;
        try
        {
            line = await process.StandardOutput.ReadLineAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            cancellation.ThrowIfCancellationRequested();
            throw new CommandFailedException(ExitCode.TimedOut, $"The daemon wasn't ready within {limit.TotalSeconds:0} seconds and was ended; its log says why.");
        }
        if (line is not null && line.StartsWith(Ready, StringComparison.Ordinal) && int.TryParse(line.AsSpan(Ready.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int worker))
            return worker;
        if (line is not null && line.StartsWith(Failed, StringComparison.Ordinal))
        {
            var rest = line[Failed.Length..];
            int space = rest.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && int.TryParse(rest[..space], NumberStyles.None, CultureInfo.InvariantCulture, out int code))
                throw new CommandFailedException((ExitCode)code, rest[(space + 1)..]);
        }
        var error = await process.StandardError.ReadToEndAsync(cancellation).ConfigureAwait(false);
        throw new CommandFailedException(ExitCode.Unexpected, $"The daemon ended before it was ready; {(error.Length > 0 ? "it said: " + error.Trim() : "its log says why")}.");
    }

    /// <summary>In the daemon: a session of its own, the log for its output, and the line to the one who started it kept aside.</summary>
    /// <returns>Takes the line; to be disposed of after it.</returns>
    public static StreamWriter Begin(string log)
    {
        int toStarter = ProcessCalls.Duplicate(1);
        var line = new StreamWriter(new FileStream(new((nint)toStarter, ownsHandle: true), FileAccess.Write, bufferSize: 0)) { AutoFlush = true };
        try
        {
            // Fails only if it leads its process group already: then it was started by hand, and stays where it is.
            ProcessCalls.StartSession();
            Directory.SetCurrentDirectory("/");
            LogFile.Redirect(log);
            return line;
        }
        catch (CommandFailedException e)
        {
            Fail(line, e.Code, e.Message);
            throw;
        }
    }

    public static void TellReady(StreamWriter line, int worker)
    {
        line.WriteLine($"{Ready}{worker}");
        line.Dispose();
    }

    public static void Fail(StreamWriter line, ExitCode code, string message)
    {
        line.WriteLine($"{Failed}{(int)code} {message.ReplaceLineEndings(" ")}");
        line.Dispose();
    }

    private static ProcessStartInfo StartInfo(MountRequest request)
    {
        var command = WorkerProgram.CommandOf(null);
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        start.ArgumentList.Add("supervise");
        foreach (var argument in request.ToArguments())
            start.ArgumentList.Add(argument);
        return start;
    }
}
