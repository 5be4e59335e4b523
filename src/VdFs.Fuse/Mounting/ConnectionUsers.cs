using System.Globalization;
using System.IO;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Mounting;

/// <summary>
/// Who keeps a filesystem alive: processes with open files, and those whose mount namespace has a copy of the mount. By /proc alone, never by asking the
/// filesystem. What this user may not see of other users' processes is missing.
/// </summary>
public static class ConnectionUsers
{
    /// <summary>Processes of other mount namespaces that have the filesystem mounted. Reads /proc/PID/mountinfo once per namespace.</summary>
    public static IReadOnlyList<ConnectionUser> InOtherNamespaces(int major, int minor) => Find(major, minor, files: false);

    /// <summary>The same, and processes that have files open. Looks at every descriptor of every process.</summary>
    public static IReadOnlyList<ConnectionUser> All(int major, int minor) => Find(major, minor, files: true);

    /// <summary>
    /// Whether an unmount at one place takes away a copy at another, in the order of the kernel's peer groups (mount_namespaces(7)): the mount that the copy lies in
    /// gets what happens in the one that <paramref name="mount"/> lies in.
    /// </summary>
    /// <param name="mount">Where it is unmounted.</param>
    /// <param name="mounts">The mounts of its namespace.</param>
    /// <param name="copy">The other place.</param>
    /// <param name="others">The mounts of the copy's namespace.</param>
    public static bool Reaches(MountEntry mount, IReadOnlyList<MountEntry> mounts, MountEntry copy, IReadOnlyList<MountEntry> others)
    {
        int shares = mounts.FirstOrDefault(m => m.Id == mount.Parent)?.Shares ?? 0;
        return shares != 0 && others.FirstOrDefault(m => m.Id == copy.Parent) is { } parent && (parent.Shares == shares || parent.Follows == shares);
    }

    private static List<ConnectionUser> Find(int major, int minor, bool files)
    {
        var own = MountTable.Read().Select(m => m.Id).ToHashSet();
        var seen = new Dictionary<string, IReadOnlyList<MountEntry>>(StringComparer.Ordinal);
        if (LinkOf("/proc/self/ns/mnt") is { } ownNamespace)
            seen[ownNamespace] = [];
        var users = new List<ConnectionUser>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int process) || process == Environment.ProcessId)
                continue;
            var places = PlacesOf(process, folder, major, minor, own, seen);
            var open = files ? FilesOf(folder, major, minor) : [];
            if (places.Count > 0 || open.Count > 0)
                users.Add(new ConnectionUser(process, CommandOf(folder), open, places));
        }
        return users;
    }

    private static IReadOnlyList<MountEntry> PlacesOf(
        int process, string folder, int major, int minor, HashSet<int> own, Dictionary<string, IReadOnlyList<MountEntry>> seen)
    {
        // Another user's link can't be read, its table can.
        string? space = LinkOf(folder + "/ns/mnt");
        if (space is not null && seen.TryGetValue(space, out var known))
            return known;
        IReadOnlyList<MountEntry> places = [.. MountTable.Read(process).Where(m => m.Major == major && m.Minor == minor && !own.Contains(m.Id))];
        if (space is not null)
            seen[space] = places;
        return places;
    }

    private static List<string> FilesOf(string folder, int major, int minor)
    {
        var files = new List<string>();
        try
        {
            foreach (string link in Directory.EnumerateFileSystemEntries(folder + "/fd").Concat([folder + "/cwd", folder + "/root"]))
            {
                if (DeviceOf.Is(link, major, minor) && LinkOf(link) is { } name)
                    files.Add(name);
            }
            string device = string.Create(CultureInfo.InvariantCulture, $" {major:x2}:{minor:x2} ");
            foreach (string line in File.ReadLines(folder + "/maps"))
            {
                // start-end perms offset major:minor inode path
                if (line.Contains(device, StringComparison.Ordinal) && line.IndexOf('/', StringComparison.Ordinal) is >= 0 and var start)
                    files.Add(line[start..]);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended, or is another user's.
        }
        return [.. files.Distinct()];
    }

    private static string CommandOf(string folder)
    {
        try
        {
            return File.ReadAllText(folder + "/comm").TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "?";
        }
    }

    private static string? LinkOf(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
