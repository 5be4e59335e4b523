namespace VdFs.Fuse.Native;

/// <summary>Who the daemon is when it acts for itself: what threads go back to after having acted for a caller.</summary>
internal static unsafe class DaemonIdentity
{
    public static readonly uint Uid = Libc.geteuid();
    public static readonly uint Gid = Libc.getegid();
    public static readonly uint[] Groups = ReadGroups();

    public static bool IsRoot => Uid == 0;

    private static uint[] ReadGroups()
    {
        int count = Libc.getgroups(0, null);
        uint[] groups = new uint[Math.Max(count, 0)];
        fixed (uint* start = groups)
            count = Libc.getgroups(groups.Length, start);
        return groups[..Math.Max(count, 0)];
    }
}
