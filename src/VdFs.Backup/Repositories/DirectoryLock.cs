using Microsoft.Win32.SafeHandles;
using VdFs.Backup.Native;

namespace VdFs.Backup.Repositories;

/// <summary>A lock on a file, given back on disposal, and by the process's death.</summary>
internal sealed class DirectoryLock(SafeFileHandle file) : IDisposable
{
    public void Dispose()
    {
        if (file.IsClosed)
            return;
        // Closing alone would leave it to a child that was forked and has not yet begun its program.
        using (var held = new HeldHandle(file))
            _ = Libc.flock(held.Descriptor, Libc.LOCK_UN);
        file.Dispose();
    }
}
