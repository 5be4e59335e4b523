using System.IO;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using VdFs.Backup.Native;
using VdFs.Backup.Paths;
using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Backup.Restoring;

/// <summary>Whether somebody uses a file, as well as can be known: locks as QEMU and others take them, and descriptors of processes that this one may look at.</summary>
internal static unsafe class FileUse
{
    /// <returns>Who, in words; null: nobody that is seen.</returns>
    public static string? Find(NativeFolder folder, RelativePath path)
    {
        FsError error = folder.OpenFile(path, Libc.O_RDWR | Libc.O_NONBLOCK, 0, out var file);
        if (file is null)
            return error == FsError.TextFileBusy ? "a process that runs it" : null;
        using (file)
        {
            string? holder = FindByDescriptor(file);
            if (holder is not null)
                return holder;
            return IsLocked(file) ? "a process that has locked it" : null;
        }
    }

    private static bool IsLocked(SafeFileHandle file)
    {
        using var held = new HeldHandle(file);
        // QEMU locks single bytes of its images, from 100 on, for reading even if it writes: a lock for writing meets them all.
        var wanted = new FileLock { Type = Libc.F_WRLCK };
        if (Libc.fcntl(held.Descriptor, Libc.F_OFD_GETLK, &wanted) == 0 && wanted.Type != Libc.F_UNLCK)
            return true;
        return Libc.flock(held.Descriptor, Libc.LOCK_EX | Libc.LOCK_NB) < 0 && Libc.LastError == FsError.TryAgain;
    }

    private static string? FindByDescriptor(SafeFileHandle file)
    {
        if (NativeFolder.Stat(file, out var wanted) != FsError.None)
            return null;
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), CultureInfo.InvariantCulture, out int id) || id == Environment.ProcessId)
                continue;
            if (Uses(process, wanted.Key))
                return $"process {id} ({Name(process)})";
        }
        return null;
    }

    private static bool Uses(string process, FileKey wanted)
    {
        if (NativeFolder.Open($"{process}/fd", out var descriptors) != FsError.None)
            return false;
        using (descriptors!)
        {
            if (descriptors!.List(RelativePath.Root, out var entries) != FsError.None)
                return false;
            foreach (var entry in entries)
            {
                if (descriptors.StatTarget(RelativePath.Root.Append(entry.Name), out var found) == FsError.None && found.Key == wanted)
                    return true;
            }
            return false;
        }
    }

    private static string Name(string process)
    {
        try
        {
            return File.ReadAllText($"{process}/comm").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }
}
