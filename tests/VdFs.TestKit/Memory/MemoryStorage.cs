using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.TestKit.Memory;

/// <summary>A state directory in memory. <see cref="Fault"/> is asked before each operation with "operation path".</summary>
public sealed class MemoryStorage : IStorage
{
    private readonly Lock use = new();
    private readonly Dictionary<string, MemoryFile> files = new(StringComparer.Ordinal);
    private readonly HashSet<string> folders = [""];

    public Func<string, FsError>? Fault { get; set; }

    /// <summary>Set before files are made: they can share ranges of other files.</summary>
    public MemorySharing? Sharing { get; set; }

    /// <summary>How much it holds and may hold: what doesn't fit is answered with <see cref="FsError.NoSpace"/>.</summary>
    public MemoryRoom Room { get; } = new();

    public IReadOnlyCollection<string> Files
    {
        get
        {
            lock (use)
                return [.. files.Keys.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>A file's content, to be looked at or damaged by a test.</summary>
    public MemoryFile this[string path] => files[path];

    public FsError Open(string path, StorageOpen mode, out IFile? file)
    {
        file = null;
        lock (use)
        {
            if (Fault?.Invoke("open " + path) is { } fault && fault != FsError.None)
                return fault;
            bool there = files.TryGetValue(path, out MemoryFile? found);
            if (there && mode == StorageOpen.CreateNew)
                return FsError.AlreadyExists;
            if (!there && (mode == StorageOpen.Existing || !folders.Contains(FolderOf(path))))
                return FsError.NotFound;
            if (!there)
            {
                files[path] = found = new MemoryFile(Room) { Sharing = Sharing };
                found.Fault = operation => Fault?.Invoke($"{operation} {path}") ?? FsError.None;
            }
            file = found!.Reopen();
            return FsError.None;
        }
    }

    public FsError Delete(string path)
    {
        // Not under the lock: a test may have it take long, and others go on.
        FsError fault = Fault?.Invoke("delete " + path) ?? FsError.None;
        if (fault != FsError.None)
            return fault;
        lock (use)
        {
            if (!files.Remove(path, out MemoryFile? file))
                return FsError.NotFound;
            file.GiveRoomBack();
            return FsError.None;
        }
    }

    public FsError Rename(string from, string to)
    {
        lock (use)
        {
            FsError fault = Fault?.Invoke("rename " + from) ?? FsError.None;
            if (fault != FsError.None)
                return fault;
            if (!files.Remove(from, out MemoryFile? file))
                return FsError.NotFound;
            if (files.TryGetValue(to, out MemoryFile? replaced))
                replaced.GiveRoomBack();
            files[to] = file;
            return FsError.None;
        }
    }

    public FsError CreateFolder(string path)
    {
        lock (use)
        {
            for (string at = path; at.Length != 0; at = FolderOf(at))
                folders.Add(at);
            return FsError.None;
        }
    }

    public FsError DeleteFolder(string path)
    {
        lock (use)
        {
            if (files.Keys.Any(f => FolderOf(f) == path))
                return FsError.DirectoryNotEmpty;
            return folders.Remove(path) ? FsError.None : FsError.NotFound;
        }
    }

    public FsError List(string path, ICollection<string> names)
    {
        lock (use)
        {
            if (!folders.Contains(path))
                return FsError.NotFound;
            foreach (string name in files.Keys.Concat(folders).Where(n => n.Length != 0 && FolderOf(n) == path))
                names.Add(name[(name.LastIndexOf('/') + 1)..]);
            return FsError.None;
        }
    }

    public FsError SyncFolder(string path) => FsError.None;

    public FsError SyncAll() => Fault?.Invoke("syncfs") ?? FsError.None;

    public FsError GetSpace(out long free, out long total)
    {
        (free, total) = (Room.Free, Room.Capacity);
        return FsError.None;
    }

    private static string FolderOf(string path) => path.LastIndexOf('/') is var slash && slash < 0 ? "" : path[..slash];
}
