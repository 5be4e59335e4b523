using System.IO;
using Microsoft.Extensions.Logging;
using VdFs.Cli.Mounting;
using VdFs.Cli.Service;
using VdFs.Core.Errors;
using VdFs.Fuse.Native;

namespace VdFs.Cli.Composition;

/// <summary>Where a daemon's log is, and how its lines look.</summary>
public static class LogFile
{
    /// <summary>
    /// `vdfs.log` in the state directory; but where the mount hides that directory, a place that can be read while it is mounted:
    /// `/var/log/vdfs` for root, else the user's state directory (XDG_STATE_HOME).
    /// </summary>
    public static string PathFor(MountRequest request, uint user, string home, string? xdgStateHome)
    {
        if (!MountView.IsAtOrBelow(request.StateDirectory, request.MountPoint))
            return request.StateDirectory.TrimEnd('/') + "/vdfs.log";
        var folder = user == 0 ? "/var/log/vdfs"
            : (xdgStateHome is ['/', ..] ? xdgStateHome.TrimEnd('/') : home.TrimEnd('/') + "/.local/state") + "/vdfs";
        return $"{folder}/{RuntimeFolders.IdOf(request.MountPoint)}.log";
    }

    public static string PathFor(MountRequest request, uint user) => PathFor(
        request, user, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), Environment.GetEnvironmentVariable("XDG_STATE_HOME"));

    /// <summary>Standard input from /dev/null, standard output and error into the log, which is made with the folders above it.</summary>
    public static void Redirect(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.NoPermission, $"The folder of the log {path} can't be made ({e.Message}); name a state directory that this user may write: --state DIR.", e);
        }
        int file = ProcessCalls.OpenForAppending(path);
        if (file < 0)
        {
            throw ProcessCalls.LastError switch
            {
                FsError.ReadOnly => new CommandFailedException(ExitCode.Refused, $"The log {path} lies on a read-only filesystem; name a state directory that can be written: --state DIR."),
                FsError.NoSpace or FsError.QuotaExceeded => new CommandFailedException(ExitCode.NoSpace, $"There is no space for the log {path}; free some, or name another state directory: --state DIR."),
                _ => new CommandFailedException(ExitCode.NoPermission, $"The log {path} can't be written; name a state directory that this user may write: --state DIR."),
            };
        }
        int nothing = ProcessCalls.OpenForReading("/dev/null");
        ProcessCalls.Redirect(nothing, 0);
        ProcessCalls.Redirect(file, 1);
        ProcessCalls.Redirect(file, 2);
        ProcessCalls.Close(nothing);
        ProcessCalls.Close(file);
        // The framework's console kept the former ones.
        Console.SetOut(new StreamWriter(new Output.SteadyStream(1)) { AutoFlush = true });
        Console.SetError(new StreamWriter(Console.OpenStandardError()) { AutoFlush = true });
    }

    /// <summary>One line per entry, on standard output: with UTC time, or with what systemd's journal needs if it goes there.</summary>
    public static ILoggerFactory Open() => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        if (Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 })
        {
            logging.AddSystemdConsole();
            return;
        }
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
        });
    });
}
