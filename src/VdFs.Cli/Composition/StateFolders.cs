using VdFs.Cli.Mounting;
using VdFs.Core.Errors;
using VdFs.Fuse.Backing;

namespace VdFs.Cli.Composition;

/// <summary>
/// The state and the preserve directory of a mount, opened (by descriptor, so that a mount over them does no harm) and locked for this process.
/// </summary>
public sealed class StateFolders : IDisposable
{
    private const string LockName = "lock";

    private readonly Stack<IDisposable> held = new();

    private StateFolders(LinuxStorage state, LinuxStorage preserve)
    {
        State = state;
        Preserve = preserve;
    }

    public LinuxStorage State { get; }

    public LinuxStorage Preserve { get; }

    /// <summary>Makes them if they aren't there. <see cref="CommandFailedException"/> if they can't be used or another daemon does.</summary>
    public static StateFolders Open(MountRequest request)
    {
        var state = OpenOne("state", request.StateDirectory, "--state DIR");
        LinuxStorage preserve;
        try
        {
            preserve = OpenOne("preserve", request.PreserveDirectory, "--preserve DIR");
        }
        catch
        {
            state.Dispose();
            throw;
        }
        var folders = new StateFolders(state, preserve);
        folders.held.Push(state);
        folders.held.Push(preserve);
        try
        {
            folders.Lock(state, "state", request.StateDirectory);
            // One that is shared by two mounts would lose the pre-images of both.
            if (request.Preserve is not null && request.PreserveDirectory != request.StateDirectory)
                folders.Lock(preserve, "preserve", request.PreserveDirectory);
            return folders;
        }
        catch
        {
            folders.Dispose();
            throw;
        }
    }

    /// <summary>Gives the locks back last of all.</summary>
    public void Dispose()
    {
        var locks = new List<IDisposable>();
        while (held.TryPop(out var one))
        {
            if (one is LinuxStorage)
                one.Dispose();
            else
                locks.Add(one);
        }
        foreach (var one in locks)
            one.Dispose();
    }

    private static LinuxStorage OpenOne(string what, string path, string option)
    {
        var error = LinuxStorage.Open(path, create: true, out var storage);
        return error switch
        {
            FsError.None => storage!,
            FsError.NotFound => throw new CommandFailedException(ExitCode.NotFound, $"The folder that is to hold the {what} directory {path} doesn't exist; create it, or name another place: {option}."),
            FsError.ReadOnly => throw new CommandFailedException(ExitCode.Refused, $"The {what} directory {path} lies on a read-only filesystem; name a place that can be written: {option}."),
            FsError.NoSpace or FsError.QuotaExceeded => throw new CommandFailedException(ExitCode.NoSpace, $"There is no space for the {what} directory {path}; free some, or name another place: {option}."),
            FsError.AccessDenied or FsError.NotPermitted => throw new CommandFailedException(ExitCode.NoPermission, $"The {what} directory {path} can't be made or opened by this user; name a place that can be written: {option}."),
            FsError.NotDirectory => throw new CommandFailedException(ExitCode.Usage, $"{path} isn't a directory; name one for the {what}: {option}."),
            _ => throw new CommandFailedException(ExitCodes.From(error), $"The {what} directory {path} can't be opened ({error}); name another place: {option}."),
        };
    }

    private void Lock(LinuxStorage storage, string what, string path)
    {
        var error = storage.TryLock(LockName, out var taken);
        if (error == FsError.Busy)
            throw new CommandFailedException(ExitCode.Exists, $"The {what} directory {path} is in use by another VdFs, so its images are mounted already; see `vdfs status`.");
        if (error != FsError.None)
            throw new CommandFailedException(ExitCodes.From(error), $"The {what} directory {path} can't be locked ({error}); check that it can be written.");
        held.Push(taken!);
    }
}
