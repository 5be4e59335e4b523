using System.Buffers.Text;
using System.Text;
using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Fuse.Native;

/// <summary>
/// Folders that a process has open. /proc/PID/fd/N leads to the very file without looking up any name, and statx(2) with AT_STATX_DONT_SYNC answers from what the kernel has: no filesystem is asked,
/// neither the daemon's own mount, which would have to answer itself, nor a dead server's.
/// </summary>
internal static unsafe class ProcessFolders
{
    /// <summary>So many descriptors are looked at, in a few dozen milliseconds.</summary>
    public const int MostDescriptors = 1 << 16;

    private const int AT_NO_AUTOMOUNT = 0x800;
    private const int AT_STATX_DONT_SYNC = 0x4000;
    private const uint STATX_TYPE = 1;

    public enum Found
    {
        None,
        One,

        /// <summary>Not among the first <see cref="MostDescriptors"/>, and there are more.</summary>
        TooMany,
    }

    /// <summary>Whether /proc shows the processes whose numbers the kernel gives to the daemon: not if it is another tree's (pid_namespaces(7)).</summary>
    private static bool IsProcOurs { get; } = OwnNumber() == Environment.ProcessId;

    /// <param name="process">A thread's id: each has a folder in /proc, with its own descriptors. 0: unknown.</param>
    /// <param name="wanted">Which folders are meant.</param>
    public static Found Look(int process, Func<FileKey, bool> wanted)
    {
        if (process <= 0 || !IsProcOurs)
            return Found.None;
        byte* path = stackalloc byte[ProcPath.BufferSize];
        ProcPath.OfDescriptors(process, path);
        int folder = Libc.openat(Libc.AT_FDCWD, path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        if (folder < 0)
            return Found.None;
        try
        {
            return LookIn(folder, wanted);
        }
        finally
        {
            _ = Libc.close(folder);
        }
    }

    /// <summary>What the process calls itself; printable, as it may call itself anything.</summary>
    public static string NameOf(int process)
    {
        byte* path = stackalloc byte[ProcPath.BufferSize];
        ProcPath.OfName(process, path);
        int file = Libc.openat(Libc.AT_FDCWD, path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        if (file < 0)
            return "?";
        byte* name = stackalloc byte[64];
        nint length = Libc.read(file, name, 64);
        _ = Libc.close(file);
        var text = new StringBuilder();
        for (nint i = 0; i < length && name[i] != (byte)'\n'; i++)
            text.Append(name[i] is > 0x20 and < 0x7F ? (char)name[i] : '?');
        return text.ToString();
    }

    private static Found LookIn(int folder, Func<FileKey, bool> wanted)
    {
        using var reader = new DirectoryReader();
        byte* name = stackalloc byte[FileName.BufferSize];
        for (int seen = 0; reader.Peek(folder, out DirectoryEntry entry, out bool more) == FsError.None && more; seen++)
        {
            if (seen == MostDescriptors)
                return Found.TooMany;
            if (!entry.IsDots)
            {
                FileName.Copy(entry.Name, name);
                StatxBuffer stat;
                // One that was closed meanwhile is none.
                if (Libc.statx(folder, name, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_TYPE | Libc.STATX_INO, &stat) >= 0
                    && (stat.Mode & FileAttributes.TypeMask) == FileAttributes.TypeDirectory && wanted(stat.Key))
                {
                    return Found.One;
                }
            }
            reader.Advance(entry);
        }
        return Found.None;
    }

    private static int OwnNumber()
    {
        byte* target = stackalloc byte[32];
        fixed (byte* self = "/proc/self\0"u8)
        {
            nint length = Libc.readlinkat(Libc.AT_FDCWD, self, target, 32);
            return length > 0 && Utf8Parser.TryParse(new ReadOnlySpan<byte>(target, (int)length), out int number, out _) ? number : 0;
        }
    }
}
