using System.IO;

namespace VdFs.Fuse.Native;

/// <summary>
/// How this process stands when memory is short. Whoever writes a filesystem that lies on an image waits for the worker; so the worker, and what starts the next one, must not wait
/// for that filesystem's write-back when they allocate.
/// </summary>
public static unsafe class MemoryStandby
{
    /// <summary>As OOMScoreAdjust= of vdfs@.service.</summary>
    private const string OutOfMemoryScore = "-900";

    /// <summary>
    /// Lets the calling thread, and all that it starts from now on, allocate without waiting for write-back (PR_SET_IO_FLUSHER, prctl(2)). Threads that run already are as they were. False: not allowed
    /// (CAP_SYS_RESOURCE), or not known to this kernel.
    /// </summary>
    public static bool TryFlushWithoutWaiting() => GuardLibc.prctl(GuardLibc.SetIoFlusher, 1, 0, 0, 0) == 0;

    /// <summary>Whether the calling thread has that.</summary>
    public static bool FlushesWithoutWaiting() => GuardLibc.prctl(GuardLibc.GetIoFlusher, 0, 0, 0, 0) == 1;

    /// <summary>Has the kernel end other processes first when memory runs out, inherited by what is started from now on; and lets as much memory be locked as the limits allow. What isn't allowed is left as it is.</summary>
    public static void Prepare()
    {
        try
        {
            if (int.TryParse(File.ReadAllText("/proc/self/oom_score_adj"), out int now) && now > int.Parse(OutOfMemoryScore, System.Globalization.CultureInfo.InvariantCulture))
                File.WriteAllText("/proc/self/oom_score_adj", OutOfMemoryScore);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Lowering it needs CAP_SYS_RESOURCE.
        }
        ResourceLimit limit;
        if (Libc.getrlimit(GuardLibc.MemoryLockLimit, &limit) < 0)
            return;
        ResourceLimit raised = limit;
        raised.Soft = raised.Hard = ulong.MaxValue;
        if (Libc.setrlimit(GuardLibc.MemoryLockLimit, &raised) < 0)
        {
            raised.Soft = raised.Hard = limit.Hard;
            _ = Libc.setrlimit(GuardLibc.MemoryLockLimit, &raised);
        }
    }

    /// <summary>Keeps in memory what this process has touched, and what it will touch. False: the limit (RLIMIT_MEMLOCK) doesn't allow it.</summary>
    public static bool TryStay() => GuardLibc.mlockall(GuardLibc.LockAllTouched) == 0;
}
