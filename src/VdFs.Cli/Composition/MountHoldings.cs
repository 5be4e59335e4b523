using VdFs.Cli.Mounting;
using VdFs.Cli.Service;
using VdFs.Core.Errors;
using VdFs.Core.Storage;
using VdFs.Fuse.Backing;
using VdFs.Fuse.Native;
using VdFs.Fuse.Supervision;

namespace VdFs.Cli.Composition;

/// <summary>What outlives the workers of a mount, opened once: the directories, the locks on them, the memory of the tables and of the session.</summary>
public static class MountHoldings
{
    private const long NodeMemory = 1L << 30;
    private const long HandleMemory = 32L << 20;
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(2);

    /// <summary>Opens all of it, before the mount goes live, which may hide the paths. <see cref="CommandFailedException"/> if something can't be had; then nothing stays open.</summary>
    /// <param name="request">What to mount where.</param>
    /// <param name="folders">Where the daemon's lock lies.</param>
    /// <param name="memory">The session's memory, the caller's; its descriptor is among the result too.</param>
    public static HeldDescriptors Open(MountRequest request, RuntimeFolders folders, out SessionMemory memory)
    {
        var held = new HeldDescriptors();
        try
        {
            DescriptorLimit.Raise();
            var folder = folders.Prepare(request.MountPoint);
            if (ProcessCalls.OpenForReading(folder) is >= 0 and var opened)
            {
                ProcessCalls.LockShared(opened);
                held.Add(HeldDescriptors.RuntimeFolder, opened);
            }
            int daemonLock = DaemonLock.Take(folders.LockOf(request.MountPoint), LockLimit);
            if (daemonLock < 0)
                throw StrayDaemon.InTheWay(request.MountPoint, folders.LockOf(request.MountPoint));
            held.Add(HeldDescriptors.DaemonLock, daemonLock);
            var error = LinuxStorage.OpenDescriptor(request.BackingDirectory, create: false, out int backing);
            if (error != FsError.None)
                throw new CommandFailedException(ExitCodes.From(error), $"The backing directory {request.BackingDirectory} can't be opened ({error}); check that it is there and can be read.");
            held.Add(HeldDescriptors.Backing, backing);
            var locks = new FolderLocks(folders);
            // Whatever it is called and wherever its state lies: what one of two mounts writes would be missing in the records of the other.
            locks.TakeFolder(held, HeldDescriptors.Backing, $"The backing directory {request.BackingDirectory}");
            StateFolders.Open(request, held, locks);
            NoteHolder(request, held);
            if (!request.ReadOnly)
                StateTrace.Note(request, held.Find(HeldDescriptors.Backing));
            Remember(held, HeldDescriptors.Nodes, NodeMemory);
            Remember(held, HeldDescriptors.Handles, HandleMemory);
            error = SessionMemory.Create(out var session);
            if (error != FsError.None)
                throw NoMemory(HeldDescriptors.Session, error);
            memory = session!;
            held.Add(HeldDescriptors.Session, ProcessCalls.Duplicate(session!.FileDescriptor));
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Notes for other daemons, and for clients, that this process is behind the mount.</summary>
    public static void NoteHolder(MountRequest request, HeldDescriptors held)
    {
        int daemonLock = held.Find(HeldDescriptors.DaemonLock);
        int connection = MountNote.Read(daemonLock) is { } former && held.Find(HeldDescriptors.Device) >= 0 ? former.Connection : 0;
        new MountNote(request.MountPoint, request.BackingDirectory, Environment.ProcessId, KeysOf(held), connection).Write(daemonLock);
    }

    /// <summary>Notes which connection it is, once it is mounted: so it can be found when its name is gone.</summary>
    public static void NoteConnection(MountRequest request, HeldDescriptors held)
    {
        int daemonLock = held.Find(HeldDescriptors.DaemonLock);
        if (daemonLock >= 0 && MountNote.Read(daemonLock) is { } note && MountView.Read().At(request.MountPoint) is { IsVdFs: true } mount)
            (note with { Connection = mount.Minor }).Write(daemonLock);
    }

    private static List<FileKey> KeysOf(HeldDescriptors held)
    {
        var keys = new List<FileKey>();
        foreach (var name in new[] { HeldDescriptors.Backing, HeldDescriptors.State, HeldDescriptors.Preserve })
        {
            if (ProcessCalls.KeyOf(held.Find(name)) is { } key)
                keys.Add(key);
        }
        return keys;
    }

    private static void Remember(HeldDescriptors held, string name, long length)
    {
        var error = SharedRegion.Create("vdfs-" + name, length, out var region);
        if (error != FsError.None)
            throw NoMemory(name, error);
        using (region)
            held.Add(name, ProcessCalls.Duplicate(region!.FileDescriptor));
    }

    private static CommandFailedException NoMemory(string name, FsError error) =>
        new(ExitCode.HostLacks, $"Memory for the table {name} can't be had ({error}); raise the limits of this user or container.");
}
