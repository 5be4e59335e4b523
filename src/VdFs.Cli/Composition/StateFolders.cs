using VdFs.Cli.Mounting;
using VdFs.Core.Errors;
using VdFs.Fuse.Backing;
using VdFs.Fuse.Native;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>
/// The state and the preserve directory of a mount: opened once, by who holds the mount's descriptors, and locked by descriptors that go with them. So
/// a mount over them does no harm, and the locks last as long as anybody can still write there.
/// </summary>
internal static class StateFolders
{
    /// <summary>Makes them if they aren't there. <see cref="CommandFailedException"/> if they can't be used or another daemon does.</summary>
    public static void Open(MountRequest request, HeldDescriptors held, FolderLocks locks)
    {
        OpenOne("state", request.StateDirectory, "--state DIR", held, HeldDescriptors.State);
        // Past the reserve, what has its room must still be written.
        ProcessCalls.OverwriteInPlace(held.Find(HeldDescriptors.State));
        locks.TakeFile(held, HeldDescriptors.State, HeldDescriptors.StateLock, $"The state directory {request.StateDirectory}");
        OpenOne("preserve", request.PreserveDirectory, "--preserve DIR", held, HeldDescriptors.Preserve);
        // One that is shared by two mounts would lose the pre-images of both.
        if (request.Preserve is not null && request.PreserveDirectory != request.StateDirectory)
            locks.TakeFile(held, HeldDescriptors.Preserve, HeldDescriptors.PreserveLock, $"The preserve directory {request.PreserveDirectory}");
    }

    private static void OpenOne(string what, string path, string option, HeldDescriptors held, string name)
    {
        var error = LinuxStorage.OpenDescriptor(path, create: true, out int descriptor);
        if (error == FsError.None)
        {
            held.Add(name, descriptor);
            return;
        }
        throw error switch
        {
            FsError.NotFound => new CommandFailedException(ExitCode.NotFound, $"The folder that is to hold the {what} directory {path} doesn't exist; create it, or name another place: {option}."),
            FsError.ReadOnly => new CommandFailedException(ExitCode.Refused, $"The {what} directory {path} lies on a read-only filesystem; name a place that can be written: {option}."),
            FsError.NoSpace or FsError.QuotaExceeded => new CommandFailedException(ExitCode.NoSpace, $"There is no space for the {what} directory {path}; free some, or name another place: {option}."),
            FsError.AccessDenied or FsError.NotPermitted => new CommandFailedException(ExitCode.NoPermission, $"The {what} directory {path} can't be made or opened by this user; name a place that can be written: {option}."),
            FsError.NotDirectory => new CommandFailedException(ExitCode.Usage, $"{path} isn't a directory; name one for the {what}: {option}."),
            _ => new CommandFailedException(ExitCodes.From(error), $"The {what} directory {path} can't be opened ({error}); name another place: {option}."),
        };
    }
}
