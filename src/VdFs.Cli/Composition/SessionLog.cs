using Microsoft.Extensions.Logging;
using VdFs.Fuse.Session;

namespace VdFs.Cli.Composition;

/// <summary>What a session tells goes into the log.</summary>
internal sealed class SessionLog(ILogger log) : ISessionLog
{
    public void Warning(string message) => log.LogWarning("{Message}", message);

    public void Error(string message, Exception? exception) => log.LogError(exception, "{Message}", message);
}
