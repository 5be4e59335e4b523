using VdFs.Fuse.Session;

namespace VdFs.BareServer;

/// <summary>To stderr.</summary>
public sealed class ConsoleLog : ISessionLog
{
    public void Warning(string message) => Console.Error.WriteLine(message);

    public void Error(string message, Exception? exception) => Console.Error.WriteLine($"{message} {exception}");
}
