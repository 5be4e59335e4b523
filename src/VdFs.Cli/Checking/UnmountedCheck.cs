using System.Globalization;
using VdFs.Cli.Mounting;
using VdFs.Core.Catalog;
using VdFs.Core.Checking;
using VdFs.Core.Errors;
using VdFs.Fuse.Backing;

namespace VdFs.Cli.Checking;

/// <summary>A check of a state directory that no daemon uses: opened without making anything, locked against mounting meanwhile.</summary>
internal static class UnmountedCheck
{
    private const string LockName = "lock";

    public static CheckReport Run(MountRequest request, bool repair, CheckOptions options)
    {
        var error = LinuxBackingDirectory.Open(request.BackingDirectory, out var backing);
        if (error != FsError.None)
            throw new CommandFailedException(ExitCodes.From(error), $"The backing directory {request.BackingDirectory} can't be opened ({error}); name the directory that holds the images.");
        using (backing)
        using (var state = Open("state", request.StateDirectory, "--state DIR"))
        using (Lock(state, request.StateDirectory))
        using (var preserve = request.Preserve is not null ? Open("preserve", request.PreserveDirectory, "--preserve DIR") : OpenIfThere(request.PreserveDirectory))
        using (request.Preserve is not null && request.PreserveDirectory != request.StateDirectory ? Lock(preserve!, request.PreserveDirectory) : null)
            return Run(request, repair, options, state, preserve, backing!);
    }

    private static CheckReport Run(MountRequest request, bool repair, CheckOptions options, LinuxStorage state, LinuxStorage? preserve, LinuxBackingDirectory backing)
    {
        var path = request.StateDirectory + "/catalog.db";
        CatalogException? unreadable = null;
        SqliteCatalog? catalog = null;
        try
        {
            catalog = SqliteCatalog.OpenReadOnly(path);
        }
        catch (CatalogException e)
        {
            unreadable = e;
        }
        StateCheck check;
        CheckReport report;
        using (catalog)
        {
            check = new(state, preserve, catalog, backing, options with { Aside = Aside() });
            if (unreadable is not null)
                check.CatalogIsUnreadable(unreadable.Message, unreadable.Error == FsError.Io);
            report = check.Run();
        }
        return repair && report.Findings.Count > 0 ? Repair(check, path) : report;
    }

    private static CheckReport Repair(StateCheck check, string path)
    {
        SqliteCatalog? writable = null;
        try
        {
            return check.Repair(() => writable ??= SqliteCatalog.Open(path));
        }
        finally
        {
            writable?.Dispose();
        }
    }

    private static string Aside() => "catalog.db.damaged-" + DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static LinuxStorage? OpenIfThere(string path) =>
        LinuxStorage.Open(path, create: false, out var storage) is FsError.NotFound ? null : storage ?? Open("preserve", path, "--preserve DIR");

    private static LinuxStorage Open(string what, string path, string option)
    {
        var error = LinuxStorage.Open(path, create: false, out var storage);
        return error switch
        {
            FsError.None => storage!,
            FsError.NotFound => throw new CommandFailedException(ExitCode.NotFound, $"There is no {what} directory {path}: nothing was ever mounted with it; if it is elsewhere, name it: {option}."),
            _ => throw new CommandFailedException(ExitCodes.From(error), $"The {what} directory {path} can't be opened ({error}); check that it is a directory and may be read."),
        };
    }

    private static IDisposable Lock(LinuxStorage storage, string path)
    {
        var error = storage.TryLock(LockName, out var taken);
        return error switch
        {
            FsError.None => taken!,
            FsError.Busy => throw new CommandFailedException(ExitCode.Refused, $"{path} is in use by a VdFs; name its mount point to check it while it is mounted (`vdfs status` lists them), or unmount it."),
            _ => throw new CommandFailedException(ExitCodes.From(error), $"{path} can't be locked ({error}); check that it can be written."),
        };
    }
}
