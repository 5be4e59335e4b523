using System.IO;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Service;

/// <summary>
/// Held by a daemon for as long as it lives, by a descriptor (flock(2)) that supervisor and worker share: the kernel gives it back when the last of
/// the two has ended, however they ended.
/// </summary>
public static class DaemonLock
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    /// <summary>Takes it, waiting at most <paramref name="limit"/>.</summary>
    /// <returns>The descriptor that holds it, the caller's, not passed to children by itself; -1 if another holds it all that time or it can't be opened.</returns>
    public static int Take(string path, TimeSpan limit)
    {
        var end = DateTime.UtcNow + limit;
        while (true)
        {
            int descriptor = ProcessCalls.OpenLocked(path, create: true);
            if (descriptor >= 0 || DateTime.UtcNow >= end)
                return descriptor;
            Thread.Sleep(Step);
        }
    }

    /// <summary>Whether there was a daemon, and it has ended.</summary>
    public static bool IsLeftBehind(string path)
    {
        if (!File.Exists(path))
            return false;
        int descriptor = ProcessCalls.OpenLocked(path, create: false);
        if (descriptor < 0)
            return false;
        ProcessCalls.Close(descriptor);
        return true;
    }

    /// <summary>Waits until nobody holds it. False: somebody still does at the end of <paramref name="limit"/>.</summary>
    public static async Task<bool> WaitUntilFreeAsync(string path, TimeSpan limit, CancellationToken cancellation)
    {
        var end = DateTime.UtcNow + limit;
        while (true)
        {
            if (!File.Exists(path) || IsLeftBehind(path))
                return true;
            if (DateTime.UtcNow >= end)
                return false;
            await Task.Delay(Step, cancellation).ConfigureAwait(false);
        }
    }
}
