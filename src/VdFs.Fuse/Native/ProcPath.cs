using System.Buffers.Text;

namespace VdFs.Fuse.Native;

/// <summary>
/// Paths below /proc, without allocating. /proc/self/fd/N leads to exactly the file that descriptor N is, whatever its name is now:
/// the way to what takes no O_PATH descriptor. The kernel lets a process's threads follow their own, whatever their fsuid is
/// (proc_fd_permission() and __ptrace_may_access() let the same thread group pass).
/// </summary>
internal static unsafe class ProcPath
{
    /// <summary>Room for /proc/self/fd/N/NAME.</summary>
    public const int BufferSize = 32 + FileName.BufferSize;

    /// <summary>/proc/self/fd/N</summary>
    public static void OfDescriptor(int descriptor, byte* buffer) => _ = Write("/proc/self/fd/"u8, descriptor, buffer);

    /// <summary>/proc/self/fd/N/NAME</summary>
    public static void OfEntry(int directory, byte* name, byte* buffer)
    {
        int length = Write("/proc/self/fd/"u8, directory, buffer);
        buffer[length++] = (byte)'/';
        while ((buffer[length++] = *name++) != 0) { }
    }

    /// <summary>/proc/PID/status</summary>
    public static void OfStatus(int process, byte* buffer) => OfProcess(process, "/status"u8, buffer);

    /// <summary>/proc/PID/fd</summary>
    public static void OfDescriptors(int process, byte* buffer) => OfProcess(process, "/fd"u8, buffer);

    /// <summary>/proc/PID/comm</summary>
    public static void OfName(int process, byte* buffer) => OfProcess(process, "/comm"u8, buffer);

    private static void OfProcess(int process, ReadOnlySpan<byte> what, byte* buffer)
    {
        int length = Write("/proc/"u8, process, buffer);
        FileName.Copy(what, buffer + length);
    }

    /// <summary>N alone, relative to a descriptor of /proc/self/fd.</summary>
    public static void Number(int descriptor, byte* buffer) => _ = Write(default, descriptor, buffer);

    private static int Write(ReadOnlySpan<byte> prefix, int number, byte* buffer)
    {
        prefix.CopyTo(new Span<byte>(buffer, prefix.Length));
        _ = Utf8Formatter.TryFormat(number, new Span<byte>(buffer + prefix.Length, 11), out int digits);
        buffer[prefix.Length + digits] = 0;
        return prefix.Length + digits;
    }
}
