using System.IO;

namespace VdFs.Cli.Mounting;

/// <summary>
/// Makes a path absolute and follows its symbolic links, but stops at the first mount of VdFs on the way and never touches it or what is
/// below it: a mount whose daemon hangs would hang whoever looks.
/// </summary>
public static class PathResolver
{
    private const int MaxLinks = 40;

    /// <param name="path">As typed; relative to <paramref name="currentFolder"/>.</param>
    /// <param name="mounts">Where mounts are.</param>
    /// <param name="currentFolder">Absolute.</param>
    /// <param name="readLink">Target of a symbolic link; null if the path is none or isn't there.</param>
    /// <returns>An absolute path without `.`, `..`, double and final slashes; what isn't there is kept as it was typed.</returns>
    public static string Resolve(string path, MountView mounts, string currentFolder, Func<string, string?> readLink)
    {
        var rest = new Stack<string>();
        Push(rest, path);
        var done = "/";
        if (!path.StartsWith('/'))
            Push(rest, currentFolder);
        bool below = false;
        int links = 0;
        while (rest.TryPop(out var name))
        {
            if (name is "" or ".")
                continue;
            if (name == "..")
            {
                done = Parent(done);
                below = mounts.Containing(done) is { IsVdFs: true };
                continue;
            }
            var next = done == "/" ? "/" + name : done + "/" + name;
            below = below || mounts.At(next) is { IsVdFs: true };
            if (below || readLink(next) is not { } target)
            {
                done = next;
                continue;
            }
            if (++links > MaxLinks)
                throw new CommandFailedException(ExitCode.NotFound, $"The path {path} goes in circles through symbolic links; name the directory itself.");
            Push(rest, target);
            if (target.StartsWith('/'))
                done = "/";
        }
        return done;
    }

    /// <summary>The same for this process.</summary>
    public static string Resolve(string path, MountView mounts)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Resolve(path, mounts, path.StartsWith('/') ? "/" : WorkingFolder.For(path), ReadLink);
    }

    private static string? ReadLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Push(Stack<string> rest, string path)
    {
        var names = path.Split('/');
        for (int i = names.Length - 1; i >= 0; i--)
            rest.Push(names[i]);
    }

    private static string Parent(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }
}
