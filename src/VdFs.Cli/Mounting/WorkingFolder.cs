using System.IO;

namespace VdFs.Cli.Mounting;

/// <summary>Where relative paths begin. It may be gone: removed, or below a mount that was unmounted.</summary>
internal static class WorkingFolder
{
    /// <summary>Absolute. <see cref="CommandFailedException"/> if it is gone.</summary>
    /// <param name="wanted">The path that needs it, for the message.</param>
    public static string For(string wanted)
    {
        try
        {
            return Environment.CurrentDirectory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.NotFound, $"The working directory is gone, so '{wanted}' leads nowhere; go to another directory (cd /), or name the full path.", e);
        }
    }

    /// <summary>A path made absolute; symbolic links stay.</summary>
    public static string Absolute(string path) => path.StartsWith('/') ? Path.GetFullPath(path) : Path.GetFullPath(path, For(path));
}
