using VdFs.Cli.Service;
using VdFs.Core.Errors;
using VdFs.Fuse.Backing;
using VdFs.Fuse.Native;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>
/// Locks on the directories of a mount: at most one daemon has a directory, by whatever path. They belong to descriptors (flock(2)) that go with the directories
/// themselves, so they last as long as anybody can still write there.
/// </summary>
/// <param name="folders">Where daemons note who they are.</param>
internal sealed class FolderLocks(RuntimeFolders folders)
{
    private const string LockName = "lock";

    /// <summary>A daemon that ended gives its locks back one after the other.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    /// <summary>Locks a directory by its own descriptor; nothing is made in it. Where the filesystem has no such locks, it goes without.</summary>
    /// <param name="held">Has the directory.</param>
    /// <param name="folder">Its name there.</param>
    /// <param name="called">What messages call it.</param>
    public void TakeFolder(HeldDescriptors held, string folder, string called)
    {
        int descriptor = held.Find(folder);
        if (Patiently(() => ProcessCalls.Lock(descriptor)) == FsError.Busy)
            throw InUse(descriptor, called);
    }

    /// <summary>Locks a directory by the file `lock` in it, which other programs than daemons take too (`vdfs check`).</summary>
    /// <param name="held">Has the directory, and gets the lock.</param>
    /// <param name="folder">Its name there.</param>
    /// <param name="name">The lock's name there.</param>
    /// <param name="called">What messages call it.</param>
    public void TakeFile(HeldDescriptors held, string folder, string name, string called)
    {
        int directory = held.Find(folder);
        using var storage = LinuxStorage.FromDescriptor(ProcessCalls.Duplicate(directory));
        int descriptor = -1;
        var error = Patiently(() => storage.TryTakeLock(LockName, out descriptor));
        if (error == FsError.Busy)
            throw InUse(directory, called);
        if (error is FsError.NoSpace or FsError.QuotaExceeded)
            throw new CommandFailedException(ExitCode.NoSpace, $"{called} has no room even for its lock; free some there.");
        if (error != FsError.None)
            throw new CommandFailedException(ExitCodes.From(error), $"{called} can't be locked ({error}); check that it can be written.");
        held.Add(name, descriptor);
    }

    private CommandFailedException InUse(int directory, string called) => new(
        ExitCode.Exists,
        ProcessCalls.KeyOf(directory) is { } key && MountNote.Find(key, folders) is { } holder
            ? $"{called} is in use by the VdFs mount {holder.MountPoint} (of {holder.BackingDirectory}, process {holder.Process}), perhaps by another path; use that mount, or unmount it first: vdfs unmount {holder.MountPoint}."
            : $"{called} is in use by another VdFs that can't be asked from here (a `vdfs check`, another user's, another container's, or one that is just ending), perhaps by another path; `vdfs status` lists the mounts of this user, `lsof` tells who has it open.");

    private static FsError Patiently(Func<FsError> take)
    {
        var end = DateTime.UtcNow + Limit;
        while (true)
        {
            var error = take();
            if (error != FsError.Busy || DateTime.UtcNow >= end)
                return error;
            Thread.Sleep(Step);
        }
    }
}
