using VdFs.Core.Errors;
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

    /// <summary>What a lock tells of its daemon.</summary>
    public static DaemonPresence Ask(string path)
    {
        var error = ProcessCalls.OpenLocked(path, create: false, out int descriptor);
        if (error == FsError.None)
            ProcessCalls.Close(descriptor);
        return error switch
        {
            FsError.None => DaemonPresence.Ended,
            FsError.Busy => DaemonPresence.Lives,
            FsError.AccessDenied or FsError.NotPermitted => DaemonPresence.Hidden,
            _ => DaemonPresence.Unknown,
        };
    }

    /// <summary>Whether there was a daemon, and it has ended.</summary>
    public static bool IsLeftBehind(string path) => Ask(path) == DaemonPresence.Ended;

    /// <summary>Waits until nobody holds it. False: somebody still does at the end of <paramref name="limit"/>.</summary>
    public static async Task<bool> WaitUntilFreeAsync(string path, TimeSpan limit, CancellationToken cancellation)
    {
        var end = DateTime.UtcNow + limit;
        while (true)
        {
            if (Ask(path) != DaemonPresence.Lives)
                return true;
            if (DateTime.UtcNow >= end)
                return false;
            await Task.Delay(Step, cancellation).ConfigureAwait(false);
        }
    }
}
