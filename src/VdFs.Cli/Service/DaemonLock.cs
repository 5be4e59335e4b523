using System.IO;

namespace VdFs.Cli.Service;

/// <summary>
/// Held by a daemon for as long as it lives; the kernel gives it back when the process ends, however it ends. (.NET opens with
/// <see cref="FileShare.None"/> by flock(2).)
/// </summary>
public static class DaemonLock
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    /// <summary>Takes it, waiting at most <paramref name="limit"/>; null if another holds it all that time. Disposing gives it back.</summary>
    public static async Task<IDisposable?> TakeAsync(string path, TimeSpan limit)
    {
        var end = DateTime.UtcNow + limit;
        while (true)
        {
            if (Try(path, FileMode.OpenOrCreate) is { } taken)
                return taken;
            if (DateTime.UtcNow >= end)
                return null;
            await Task.Delay(Step).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until nobody holds it. False: somebody still does at the end of <paramref name="limit"/>.</summary>
    public static async Task<bool> WaitUntilFreeAsync(string path, TimeSpan limit, CancellationToken cancellation)
    {
        var end = DateTime.UtcNow + limit;
        while (true)
        {
            if (!File.Exists(path))
                return true;
            if (Try(path, FileMode.Open) is { } taken)
            {
                taken.Dispose();
                return true;
            }
            if (DateTime.UtcNow >= end)
                return false;
            await Task.Delay(Step, cancellation).ConfigureAwait(false);
        }
    }

    private static FileStream? Try(string path, FileMode mode)
    {
        try
        {
            return new(path, mode, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
