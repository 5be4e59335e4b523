using System.Globalization;
using VdFs.Fuse.Session;

namespace VdFs.Cli.Composition;

/// <summary>Lines of the supervisor and of the guard, in the form of the worker's log and into the same file, by nothing but a write.</summary>
internal sealed class SupervisorLog(string source = "Supervisor") : ISessionLog
{
    public void Warning(string message) => Write("warn", message);

    public void Error(string message, Exception? exception) => Write("fail", exception is null ? message : $"{message} {exception}");

    private void Write(string level, string message)
    {
        var time = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        Console.Out.WriteLine($"{time} {level}: {source}[0] {message.ReplaceLineEndings(" ")}");
    }
}
