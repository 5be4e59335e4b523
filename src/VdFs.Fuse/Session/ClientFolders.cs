using VdFs.FileSystem.Tree;
using VdFs.Fuse.Mounting;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Session;

/// <summary>
/// Which folders of a mount its clients have open, from /proc. A client that this process may not look at, or that is in another tree of process ids, has none: rather too little is refused than
/// everything.
/// </summary>
/// <param name="mountPoint">Where the mount is, as it was mounted.</param>
public sealed class ClientFolders(string mountPoint) : IOpenFolders
{
    private MountEntry? mount;

    public string? FindHolder(Caller caller, Func<ulong, bool> inodes)
    {
        // Found late: a first worker makes its tree before it mounts.
        mount ??= MountTable.Read().LastOrDefault(m => m.MountPoint == mountPoint && m.Type == KernelMount.Type);
        // The mount was moved away: folders of another one with the same number are taken for its own.
        bool any = mount is null;
        ulong device = mount is { } known ? ((ulong)known.Major << 32) | (uint)known.Minor : 0;
        return ProcessFolders.Look(caller.Pid, key => (any || key.Device == device) && inodes(key.Inode)) switch
        {
            ProcessFolders.Found.One => $"process {caller.Pid} ({ProcessFolders.NameOf(caller.Pid)})",
            ProcessFolders.Found.TooMany => $"process {caller.Pid} ({ProcessFolders.NameOf(caller.Pid)}) has more than {ProcessFolders.MostDescriptors} files open, among which a folder could be that",
            _ => null,
        };
    }
}
