using System.Collections.Concurrent;
using VdFs.Fuse.Session;

namespace VdFs.Fuse.Tests.Session;

internal sealed class RecordingLog : ISessionLog
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public void Warning(string message) => Lines.Enqueue(message);

    public void Error(string message, Exception? exception) => Lines.Enqueue($"{message} {exception}");
}
