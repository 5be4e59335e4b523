using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.TestKit.World;

/// <summary>
/// A state or preserve directory whose names, too, are on stable storage only after <see cref="SyncFolder"/> or <see cref="SyncAll"/>: syncing a file
/// brings its bytes there, not its name.
/// </summary>
public sealed class SimulatedStorage(SimulatedMachine machine, SimulatedDevice device, string label) : IStorage
{
    private readonly List<NameChange> unsynced = [];
    private readonly string listLabel = label + ".list";
    private readonly string folderLabel = label + ".folder";
    private readonly string syncFolderLabel = label + ".syncfolder";
    private readonly string syncAllLabel = label + ".syncall";
    private readonly string spaceLabel = label + ".space";
    private Dictionary<string, SimulatedInode?> names = new(StringComparer.Ordinal) { [""] = null };
    private Dictionary<string, SimulatedInode?> durable = new(StringComparer.Ordinal) { [""] = null };

    public SimulatedDevice Device => device;

    /// <summary>Paths of all files, for tests.</summary>
    public IEnumerable<string> Files => names.Where(n => n.Value is not null).Select(n => n.Key);

    public SimulatedInode this[string path] => names[path]!;

    public FsError Open(string path, StorageOpen mode, out IFile? file)
    {
        file = null;
        FileKind kind = FileKind.Of(path);
        bool creates = mode != StorageOpen.Existing;
        FsError error = machine.Begin(creates ? kind.Create : kind.Open, machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        bool there = names.TryGetValue(path, out SimulatedInode? inode) && inode is not null;
        if (there && mode == StorageOpen.CreateNew)
            return FsError.AlreadyExists;
        if (!there && (!creates || !names.ContainsKey(FolderOf(path))))
            return FsError.NotFound;
        if (!there)
        {
            inode = new SimulatedInode(kind, device);
            if (fate != CallFate.PartThenDeath)
                Change(new NameChange(FolderOf(path), path, inode, null));
        }
        machine.End(creates ? kind.Create : kind.Open, fate);
        file = new SimulatedFile(machine, inode!);
        return FsError.None;
    }

    public FsError Delete(string path)
    {
        string call = FileKind.Of(path).Delete;
        FsError error = machine.Begin(call, machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (names.GetValueOrDefault(path) is null)
            return FsError.NotFound;
        if (fate is CallFate.Whole or CallFate.WholeThenDeath && !machine.Delays(call, () => () => Change(new NameChange(FolderOf(path), null, null, path))))
            Change(new NameChange(FolderOf(path), null, null, path));
        machine.End(call, fate);
        return FsError.None;
    }

    public FsError Rename(string from, string to)
    {
        string call = FileKind.Of(to).Rename;
        FsError error = machine.Begin(call, machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (names.GetValueOrDefault(from) is not { } inode)
            return FsError.NotFound;
        if (fate is CallFate.Whole or CallFate.WholeThenDeath)
            Change(new NameChange(FolderOf(to), to, inode, from));
        machine.End(call, fate);
        return FsError.None;
    }

    public FsError CreateFolder(string path)
    {
        FsError error = machine.Begin(folderLabel, machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (fate != CallFate.PartThenDeath)
            AddFolder(path);
        machine.End(folderLabel, fate);
        return FsError.None;
    }

    public FsError DeleteFolder(string path)
    {
        FsError error = machine.Begin(folderLabel, machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (!names.ContainsKey(path))
            return FsError.NotFound;
        if (names.Keys.Any(n => n.Length != 0 && FolderOf(n) == path))
            return FsError.DirectoryNotEmpty;
        if (fate is CallFate.Whole or CallFate.WholeThenDeath)
            Change(new NameChange(FolderOf(path), null, null, path));
        machine.End(folderLabel, fate);
        return FsError.None;
    }

    public FsError List(string path, ICollection<string> names)
    {
        FsError error = machine.Begin(listLabel, machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (!this.names.ContainsKey(path))
            return FsError.NotFound;
        foreach (string name in this.names.Keys)
        {
            if (name.Length != 0 && FolderOf(name) == path)
                names.Add(name[(name.LastIndexOf('/') + 1)..]);
        }
        machine.End(listLabel, fate);
        return FsError.None;
    }

    public FsError SyncFolder(string path)
    {
        FsError error = machine.Begin(syncFolderLabel, machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (!names.ContainsKey(path))
            return FsError.NotFound;
        if (fate is CallFate.Whole or CallFate.WholeThenDeath)
        {
            foreach (NameChange change in unsynced.Where(c => c.Folder == path))
                change.ApplyTo(durable);
            unsynced.RemoveAll(c => c.Folder == path);
        }
        machine.End(syncFolderLabel, fate);
        return FsError.None;
    }

    public FsError SyncAll()
    {
        FsError error = machine.Begin(syncAllLabel, machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        if (fate is CallFate.Whole or CallFate.WholeThenDeath)
        {
            foreach (SimulatedInode? inode in names.Values)
                inode?.Sync();
            durable = new(names, StringComparer.Ordinal);
            unsynced.Clear();
        }
        machine.End(syncAllLabel, fate);
        return FsError.None;
    }

    public FsError GetSpace(out long free, out long total)
    {
        (free, total) = (0, 0);
        FsError error = machine.Begin(spaceLabel, machine.Life, out CallFate fate);
        if (error != FsError.None)
            return error;
        total = device.Capacity << 12;
        free = Math.Max(0, device.Capacity - device.Used) << 12;
        machine.End(spaceLabel, fate);
        return FsError.None;
    }

    /// <summary>What a power cut leaves of names and files. The device was emptied before.</summary>
    public void LosePower(Survival survival)
    {
        foreach (NameChange change in unsynced)
        {
            if (survival.Keeps(survival.Of($"{label} names").Share))
                change.ApplyTo(durable);
        }
        unsynced.Clear();
        // What is in a folder that isn't there can't be reached.
        foreach (string name in durable.Keys.Where(n => n.Length != 0).OrderBy(n => n.Length).ToArray())
        {
            if (!durable.ContainsKey(FolderOf(name)))
                durable.Remove(name);
        }
        names = new(durable, StringComparer.Ordinal);
        foreach (SimulatedInode? inode in names.Values)
        {
            inode?.LosePower(survival);
            if (inode is not null)
                device.Add(inode);
        }
    }

    private void AddFolder(string path)
    {
        if (names.ContainsKey(path))
            return;
        AddFolder(FolderOf(path));
        Change(new NameChange(FolderOf(path), path, null, null));
    }

    private void Change(NameChange change)
    {
        string? last = change.Added is null ? change.Gone : change.Added;
        if (last is not null && names.GetValueOrDefault(last) is { } gone)
            device.Remove(gone);
        change.ApplyTo(names);
        if (change.Inode is not null)
            device.Add(change.Inode);
        unsynced.Add(change);
    }

    private static string FolderOf(string path) => path.LastIndexOf('/') is var slash && slash < 0 ? "" : path[..slash];

    /// <summary>A name that came (a file, or a folder if there is no inode), one that went, or both: a rename.</summary>
    private sealed record NameChange(string Folder, string? Added, SimulatedInode? Inode, string? Gone)
    {
        public void ApplyTo(Dictionary<string, SimulatedInode?> names)
        {
            if (Gone is not null)
                names.Remove(Gone);
            if (Added is not null)
                names[Added] = Inode;
        }
    }
}
