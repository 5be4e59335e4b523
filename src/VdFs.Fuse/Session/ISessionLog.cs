namespace VdFs.Fuse.Session;

/// <summary>Where a session tells people what went wrong. Called from any thread; doesn't throw.</summary>
public interface ISessionLog
{
    void Warning(string message);

    void Error(string message, Exception? exception);
}
