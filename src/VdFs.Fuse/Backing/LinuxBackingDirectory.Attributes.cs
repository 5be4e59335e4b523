using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Backing;

/// <content>Attributes of files and of the filesystem, as the daemon.</content>
public sealed unsafe partial class LinuxBackingDirectory
{
    private const uint PermissionBits = 0xFFF;
    private const uint SetUserId = 0x800;
    private const uint SetGroupId = 0x400;
    private const uint GroupExecute = 0x8;
    private const uint Unchanged = uint.MaxValue;

    public FsError GetAttributes(BackingRef node, out FileAttributes attributes)
    {
        FsError error = Stat((int)node.Value, out StatxBuffer stat);
        stat.CopyTo(out attributes);
        return error;
    }

    /// <inheritdoc/>
    /// <remarks>Owner first, since changing it clears bits of the mode; then the mode; times last. What was done before an error stays done.</remarks>
    public FsError SetAttributes(Caller caller, BackingRef node, in AttributeChange change)
    {
        if (change.Fields == AttributeFields.None)
            return ClearAsOwner(caller, (int)node.Value);
        // The former group counts for set-group-id, so it is asked before the owner changes.
        uint kept = 0;
        FsError error = change.Fields.HasFlag(AttributeFields.KillPrivileges) ? KeptPrivileges(caller, (int)node.Value, out kept) : FsError.None;
        if (error == FsError.None)
            error = ChangeOwner((int)node.Value, change);
        if (error == FsError.None)
            error = ChangeMode((int)node.Value, change, kept);
        return error == FsError.None ? ChangeTimes((int)node.Value, change) : error;
    }

    public FsError Statistics(BackingRef node, out FileSystemStatistics statistics)
    {
        statistics = default;
        StatFsBuffer buffer;
        FsError error = Libc.Check(Libc.fstatfs((int)node.Value, &buffer));
        if (error != FsError.None)
            return error;
        statistics.Blocks = buffer.Blocks;
        statistics.FreeBlocks = buffer.FreeBlocks;
        statistics.AvailableBlocks = buffer.AvailableBlocks;
        statistics.Files = buffer.Files;
        statistics.FreeFiles = buffer.FreeFiles;
        statistics.BlockSize = (uint)buffer.BlockSize;
        statistics.FragmentSize = (uint)buffer.FragmentSize;
        statistics.NameLength = (uint)buffer.NameLength;
        return FsError.None;
    }

    /// <summary>Bytes that are free for users who aren't root, and in all.</summary>
    public FsError GetSpace(out long free, out long total)
    {
        free = total = 0;
        StatFsBuffer buffer;
        FsError error = Libc.Check(Libc.fstatfs(root, &buffer));
        if (error != FsError.None)
            return error;
        long unit = buffer.FragmentSize > 0 ? (long)buffer.FragmentSize : (long)buffer.BlockSize;
        (free, total) = (unit * (long)buffer.AvailableBlocks, unit * (long)buffer.Blocks);
        return FsError.None;
    }

    public FsError SyncAll() => Libc.Check(Libc.syncfs(root));

    private static FsError ChangeOwner(int node, AttributeChange change)
    {
        if ((change.Fields & (AttributeFields.Uid | AttributeFields.Gid)) == 0)
            return FsError.None;
        byte empty = 0;
        uint uid = change.Fields.HasFlag(AttributeFields.Uid) ? change.Uid : Unchanged;
        uint gid = change.Fields.HasFlag(AttributeFields.Gid) ? change.Gid : Unchanged;
        return Libc.Check(Libc.fchownat(node, &empty, uid, gid, Libc.AT_EMPTY_PATH));
    }

    /// <summary>
    /// A request without a field comes for chown(2) with both ids -1, and also before a write to a file that the kernel remembers as set-id. Of an owner who
    /// isn't root both clear privileges, which the backing kernel does, done as the owner. Nobody else's can be told apart: root's writes keep
    /// set-id bits, and a stranger may not clear them without a write, which says so itself.
    /// </summary>
    private static FsError ClearAsOwner(Caller caller, int node)
    {
        FsError failed = Stat(node, out StatxBuffer stat);
        if (failed != FsError.None || caller.Uid == 0 || caller.Uid != stat.Uid)
            return failed;
        byte empty = 0;
        using CallerScope scope = CallerScope.Enter(caller, out FsError error);
        return error == FsError.None ? Libc.Check(Libc.fchownat(node, &empty, Unchanged, Unchanged, Libc.AT_EMPTY_PATH)) : error;
    }

    private FsError ChangeMode(int node, AttributeChange change, uint kept)
    {
        bool kill = change.Fields.HasFlag(AttributeFields.KillPrivileges);
        bool set = change.Fields.HasFlag(AttributeFields.Mode);
        if (!kill && !set)
            return FsError.None;
        uint former = 0;
        uint mode = change.Mode & PermissionBits;
        if (kill)
        {
            FsError error = Stat(node, out StatxBuffer stat);
            if (error == FsError.None)
                error = RemoveCapability(node);
            if (error != FsError.None)
                return error;
            former = stat.Mode & PermissionBits;
            mode = set ? mode : former;
            mode &= ~(SetUserId | SetGroupId) | kept;
        }
        return set || mode != former ? ChangeMode(node, mode) : FsError.None;
    }

    /// <summary>
    /// Which set-id bits stay where privileges are cleared: set-group-id without group execution (it meant mandatory locking), for a caller who
    /// is in the file's group or is root (setattr_should_drop_sgid() of the kernel).
    /// </summary>
    private static FsError KeptPrivileges(Caller caller, int node, out uint kept)
    {
        kept = 0;
        FsError error = Stat(node, out StatxBuffer stat);
        if (error == FsError.None && (stat.Mode & SetGroupId) != 0 && (stat.Mode & GroupExecute) == 0 && IsMember(caller, stat.Gid))
            kept = SetGroupId;
        return error;
    }

    private static bool IsMember(Caller caller, uint group) =>
        caller.Uid == 0 || caller.Gid == group || SupplementaryGroups.Of(caller.Pid).Contains(group);

    private FsError ChangeMode(int node, uint mode)
    {
        byte* number = stackalloc byte[ProcPath.BufferSize];
        ProcPath.Number(node, number);
        return Libc.Check(Libc.fchmodat(descriptors, number, mode, 0));
    }

    private static FsError RemoveCapability(int node)
    {
        byte* path = stackalloc byte[ProcPath.BufferSize];
        ProcPath.OfDescriptor(node, path);
        fixed (byte* name = "security.capability\0"u8)
        {
            FsError error = Libc.Check(Libc.removexattr(path, name));
            // Without CAP_SETFCAP that is the answer even if there is none, as after a write or truncation of a daemon that isn't root: the kernel has removed it.
            if (error == FsError.NotPermitted)
                error = Libc.getxattr(path, name, null, 0) >= 0 ? FsError.NotPermitted : Libc.LastError;
            return error is FsError.NoData or FsError.NotSupported ? FsError.None : error;
        }
    }

    private FsError ChangeTimes(int node, AttributeChange change)
    {
        KernelTime* times = stackalloc KernelTime[2];
        times[0] = TimeOf(change.Fields, AttributeFields.AccessTime, AttributeFields.AccessTimeNow, change.AccessTime);
        times[1] = TimeOf(change.Fields, AttributeFields.ModifyTime, AttributeFields.ModifyTimeNow, change.ModifyTime);
        if (times[0].Nanoseconds == Libc.UTIME_OMIT && times[1].Nanoseconds == Libc.UTIME_OMIT)
            return FsError.None;
        byte* number = stackalloc byte[ProcPath.BufferSize];
        ProcPath.Number(node, number);
        return Libc.Check(Libc.utimensat(descriptors, number, times, 0));
    }

    private static KernelTime TimeOf(AttributeFields fields, AttributeFields set, AttributeFields now, TimeSpec time)
    {
        if ((fields & now) != 0)
            return new KernelTime { Nanoseconds = Libc.UTIME_NOW };
        return (fields & set) != 0
            ? new KernelTime { Seconds = time.Seconds, Nanoseconds = time.Nanoseconds }
            : new KernelTime { Nanoseconds = Libc.UTIME_OMIT };
    }
}
