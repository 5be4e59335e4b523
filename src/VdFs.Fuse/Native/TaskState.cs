namespace VdFs.Fuse.Native;

/// <summary>What a thread of this process is doing just now, as other threads can ask it: proc_pid_stat(5), field 3.</summary>
internal sealed unsafe class TaskState : IDisposable
{
    private const int Enough = 128;

    private readonly int descriptor;

    private TaskState(int descriptor) => this.descriptor = descriptor;

    /// <summary>Of the calling thread. Without /proc, every thread counts as waiting.</summary>
    public static TaskState OfThisThread()
    {
        fixed (byte* path = "/proc/thread-self/stat\0"u8)
            return new TaskState(Libc.openat(Libc.AT_FDCWD, path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0));
    }

    /// <summary>Whether it waits in the kernel, for a device, a lock or an event; false: it runs, or would if it had a core.</summary>
    public bool IsWaiting
    {
        get
        {
            byte* text = stackalloc byte[Enough];
            nint length = descriptor >= 0 ? Libc.pread(descriptor, text, Enough, 0) : -1;
            if (length <= 0)
                return true;
            // The name before it is in parentheses, and may hold any.
            var line = new ReadOnlySpan<byte>(text, (int)length);
            int end = line.LastIndexOf((byte)')');
            return end < 0 || end + 2 >= line.Length || line[end + 2] != (byte)'R';
        }
    }

    public void Dispose()
    {
        if (descriptor >= 0)
            _ = Libc.close(descriptor);
    }
}
