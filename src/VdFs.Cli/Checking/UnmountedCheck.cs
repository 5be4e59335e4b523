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
            return Run(request, repair, options, state, backing!);
    }

    private static CheckReport Run(MountRequest request, bool repair, CheckOptions options, LinuxStorage state, LinuxBackingDirectory backing)
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
        using (catalog)
        {
            request = request with { Preserve = request.Preserve ?? PreserveOf(catalog) };
            using var preserve = request.Preserve is not null ? Open("preserve", request.Preserve, "--preserve DIR") : OpenIfThere(request.PreserveDirectory);
            using var locked = request.PreservePath.Length != 0 ? Lock(preserve!, request.PreserveDirectory) : null;
            var check = new StateCheck(state, preserve, catalog, backing, options with { Aside = Aside() });
            if (unreadable is not null)
                check.CatalogIsUnreadable(unreadable.Message, unreadable.Error == FsError.Io);
            var report = check.Run();
            // What was only read is given back before anything is repaired.
            catalog?.Dispose();
            return repair && report.Findings.Count > 0 ? Repair(check, path) : report;
        }
    }

    /// <summary>Where the last mount had pre-images; null: in the state directory, or it isn't known.</summary>
    private static string? PreserveOf(SqliteCatalog? catalog)
    {
        try
        {
            return catalog?.Load().Places.Preserve is { Length: > 0 } preserve ? preserve : null;
        }
        catch (CatalogException)
        {
            // Damaged: the check tells it, and without a catalog no pre-image is looked for.
            return null;
        }
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
            FsError.NotFound when what == "preserve" => throw new CommandFailedException(ExitCode.NotFound, $"There is no preserve directory {path}, where pre-images were at the last mount or are said to be; mount its filesystem, or name the place where it is now: {option}."),
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
