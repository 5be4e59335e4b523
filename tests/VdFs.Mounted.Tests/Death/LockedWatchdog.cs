using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;

namespace VdFs.Mounted.Tests.Death;

/// <summary>
/// Ends a mount's connection when a limit is over, though memory may be used up by then: what it needs is opened in advance, this process's memory is locked, and its
/// thread does nothing but wait and write one byte.
/// </summary>
internal sealed partial class LockedWatchdog : IDisposable
{
    private const int LockAllTouched = 1 | 2 | 4;
    private readonly ManualResetEvent over = new(initialState: false);
    private readonly FileStream abort;
    private readonly Thread thread;

    public LockedWatchdog(MountedImages images, TimeSpan limit)
    {
        string connections = "/sys/fs/fuse/connections", connection = $"{connections}/{MountEntry.Below(images.Mount)[0].Device}";
        if (!Directory.Exists(connection))
            Tool.Run("mount", "-t", "fusectl", "none", connections).Checked();
        abort = new FileStream($"{connection}/abort", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        thread = new Thread(() =>
        {
            if (over.WaitOne(limit))
                return;
            HasActed = true;
            abort.WriteByte((byte)'1');
        });
        thread.Start();
        if (mlockall(LockAllTouched) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>Nothing else had ended it in time.</summary>
    public bool HasActed { get; private set; }

    public void Dispose()
    {
        over.Set();
        thread.Join();
        abort.Dispose();
        over.Dispose();
        _ = munlockall();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mlockall(int flags);

    [LibraryImport("libc")]
    private static partial int munlockall();
}
