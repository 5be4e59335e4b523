using VdFs.Core.Errors;
using VdFs.FileSystem.Tree;

namespace VdFs.Fuse.Native;

/// <summary>
/// While it lasts, this thread acts on the filesystem as the caller: fsuid, fsgid, supplementary groups and umask. The kernel then gives new
/// files the right owner, applies default ACLs and refuses what the caller may not do; the capabilities that override permissions
/// (CAP_FS_SET of linux/capability.h) are gone while fsuid isn't 0. A daemon that isn't root stays who it is.
/// </summary>
/// <remarks>All four belong to the thread alone. A changed fsuid makes the process undumpable (commit_creds() of the kernel): no core is written of it. Nothing that waits or changes threads may happen inside; nor may threads be started, as they would share the umask.</remarks>
internal unsafe ref struct CallerScope : IDisposable
{
    /// <summary>Whether this thread has left the umask (and working directory) that the process's threads share. Nothing makes it share again.</summary>
    [ThreadStatic]
    private static bool hasOwnUmask;

    private bool switched;
    private bool masked;
    private uint formerMask;

    /// <summary>Begins to act as the caller; on an error nothing has changed.</summary>
    public static CallerScope Enter(Caller caller, out FsError error)
    {
        CallerScope scope = default;
        error = DaemonIdentity.IsRoot && (caller.Uid != 0 || caller.Gid != 0) ? scope.Switch(caller) : FsError.None;
        return scope;
    }

    /// <summary>The same for what makes a name with permission bits. <paramref name="umask"/> is the caller's.</summary>
    public static CallerScope Enter(Caller caller, uint umask, out FsError error)
    {
        if (!hasOwnUmask)
        {
            error = Libc.Check(Libc.unshare(Libc.CLONE_FS));
            if (error != FsError.None)
                return default;
            hasOwnUmask = true;
        }
        CallerScope scope = Enter(caller, out error);
        if (error != FsError.None)
            return scope;
        scope.formerMask = Libc.umask(umask & 0x1FF);
        scope.masked = true;
        return scope;
    }

    public void Dispose()
    {
        if (masked)
            _ = Libc.umask(formerMask);
        masked = false;
        if (switched)
            Restore();
        switched = false;
    }

    private FsError Switch(Caller caller)
    {
        uint[] groups = SupplementaryGroups.Of(caller.Pid);
        if (!SetGroups(groups))
            return Libc.LastError;
        switched = true;
        // Both calls answer the former id whether they worked or not: a second one, with an id that can't be, asks.
        _ = Libc.setfsgid(caller.Gid);
        _ = Libc.setfsuid(caller.Uid);
        if ((uint)Libc.setfsgid(uint.MaxValue) == caller.Gid && (uint)Libc.setfsuid(uint.MaxValue) == caller.Uid)
            return FsError.None;
        Dispose();
        return FsError.NotPermitted;
    }

    private static void Restore()
    {
        _ = Libc.setfsuid(DaemonIdentity.Uid);
        _ = Libc.setfsgid(DaemonIdentity.Gid);
        // A daemon's thread that went on with a caller's rights would do wrong things silently.
        if (!SetGroups(DaemonIdentity.Groups) || (uint)Libc.setfsuid(uint.MaxValue) != DaemonIdentity.Uid)
            Environment.FailFast("A thread that acted for a caller could not become the daemon again.");
    }

    private static bool SetGroups(uint[] groups)
    {
        fixed (uint* start = groups)
            return Libc.setgroups(groups.Length, start) >= 0;
    }
}
