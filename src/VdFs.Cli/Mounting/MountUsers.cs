using VdFs.Cli.Output;
using VdFs.Fuse.Mounting;

namespace VdFs.Cli.Mounting;

/// <summary>Who keeps a mount's connection alive, in words.</summary>
internal static class MountUsers
{
    private const int Named = 4;

    /// <summary>What an unmount at one place won't take away: the mount's other places here, and those of other mount namespaces. Null: nothing.</summary>
    public static string? Elsewhere(MountEntry mount, MountView mounts)
    {
        var places = mounts.Entries
            .Where(other => other.Minor == mount.Minor && other.Major == mount.Major && other.MountPoint != mount.MountPoint && !ConnectionUsers.Reaches(mount, mounts.Entries, other, mounts.Entries))
            .Select(other => $"the mount at {Shown.Text(other.MountPoint)}").ToList();
        var users = ConnectionUsers.InOtherNamespaces(mount.Major, mount.Minor).Where(user => !IsReached(mount, mounts, user)).ToList();
        if (users.Count > 0)
            places.Add($"{List(users)}, which {(users.Count == 1 ? "has it in a mount namespace of its own" : "have it in mount namespaces of their own")}");
        return places.Count > 0 ? string.Join(", and by ", places) : null;
    }

    /// <summary>All who use a connection, other namespaces and open files; null: nobody that can be seen.</summary>
    public static string? Of(int connection) => ConnectionUsers.All(0, connection) is { Count: > 0 } users ? List(users) : null;

    /// <summary>`qemu (process 12), sleep (process 13) and 5 more`.</summary>
    public static string List(IReadOnlyList<ConnectionUser> users)
    {
        string named = string.Join(", ", users.Take(Named).Select(user => $"{Shown.Text(user.Command)} (process {user.Process})"));
        return users.Count > Named ? $"{named} and {users.Count - Named} more" : named;
    }

    /// <summary>One line: a process and its files.</summary>
    public static string Line(ConnectionUser user)
    {
        var what = new List<string>();
        if (user.Files.Count > 0)
            what.Add(string.Join(", ", user.Files.Select(Shown.Text)));
        if (user.Places.Count > 0)
            what.Add($"its mount namespace has it at {string.Join(", ", user.Places.Select(place => Shown.Text(place.MountPoint)).Distinct())}");
        return $"{Shown.Text(user.Command)} (process {user.Process}): {string.Join("; ", what)}";
    }

    private static bool IsReached(MountEntry mount, MountView mounts, ConnectionUser user)
    {
        var others = MountTable.Read(user.Process);
        return others.Count == 0 || user.Places.All(place => ConnectionUsers.Reaches(mount, mounts.Entries, place, others));
    }
}
