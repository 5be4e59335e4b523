using VdFs.Backup.Native;
using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;
using VdFs.Core.Errors;

namespace VdFs.Backup.Restoring;

/// <summary>
/// The folders of a restore. Each that is made, or that was there and is restored with the rest, is closed to all but its owner until what it leads to is there, and then gets what it
/// was; one that was there and isn't asked for stays as it is.
/// </summary>
internal sealed class RestoredTree
{
    private readonly NativeFolder folder;
    private readonly Dictionary<RelativePath, EntryAttributes> known;

    /// <summary>Folders that get what they were: closed until then.</summary>
    private readonly HashSet<RelativePath> ours = [];

    public RestoredTree(BackupManifest manifest, NativeFolder folder, AttributeRestore attributes)
    {
        this.folder = folder;
        Attributes = attributes;
        known = Known(manifest);
    }

    public AttributeRestore Attributes { get; }

    /// <summary>Attributes of the folders above a path that aren't restored by anybody: the user's target stands for all of them.</summary>
    public static IReadOnlyList<EntryAttributes> AllAbove(BackupManifest manifest, RelativePath path) => Above(Known(manifest), path, _ => false);

    public IReadOnlyList<EntryAttributes> Above(RelativePath path) => Above(known, path, ours.Contains);

    /// <summary>The target is to become what the tree's root directory was.</summary>
    public void TakeRoot() => Close(RelativePath.Root);

    /// <summary>The target was there, and stays as it is.</summary>
    public void LeaveRoot()
    {
        if (known.TryGetValue(RelativePath.Root, out var was) && folder.Stat(RelativePath.Root, out var now) == FsError.None
            && (now.Uid != was.User || now.Gid != was.Group || (now.Mode & 0x3FF) != (was.Mode & 0x3FF)))
        {
            string mode = Convert.ToString(was.Mode & 0x3FF, 8).PadLeft(4, '0');
            Attributes.LeftOut.Add($"The directory holds other things already, so its owner and permissions stay as they are (in the backup: {mode}, user {was.User}, group {was.Group})", RelativePath.Root);
        }
    }

    /// <summary>Makes folders and those above them.</summary>
    /// <param name="whole">Those that are there already are to become what they were, too.</param>
    /// <param name="at">Where it failed.</param>
    public FsError MakeFolders(IEnumerable<RelativePath> paths, bool whole, out RelativePath at)
    {
        at = RelativePath.Root;
        foreach (var path in paths)
        {
            at = path;
            FsError error = Make(path, whole);
            if (error != FsError.None)
                return error;
        }
        return FsError.None;
    }

    /// <summary>The last step.</summary>
    public void SetFolders()
    {
        // The deepest first: a folder's time changes with what is made in it, and one may lose its permission to be entered.
        foreach (var path in ours.OrderDescending())
        {
            if (known.TryGetValue(path, out var attributes))
                Attributes.SetFolder(path, attributes, Above(path));
        }
    }

    private static Dictionary<RelativePath, EntryAttributes> Known(BackupManifest manifest)
    {
        var known = new Dictionary<RelativePath, EntryAttributes>();
        foreach (var one in manifest.Folders)
            known[one.Path] = one.Attributes;
        if (manifest.Root is { } root)
            known[RelativePath.Root] = root;
        return known;
    }

    private static List<EntryAttributes> Above(Dictionary<RelativePath, EntryAttributes> known, RelativePath path, Func<RelativePath, bool> restored)
    {
        var above = new List<EntryAttributes>();
        while (!path.IsRoot)
        {
            path = path.Parent;
            if (!restored(path) && known.TryGetValue(path, out var attributes))
                above.Add(attributes);
        }
        return above;
    }

    private FsError Make(RelativePath path, bool whole)
    {
        if (path.IsRoot || ours.Contains(path))
            return FsError.None;
        FsError error = folder.Stat(path, out var found);
        if (error == FsError.NotFound)
        {
            error = Make(path.Parent, whole);
            if (error == FsError.None)
                error = folder.MakeFolder(path, known.ContainsKey(path) ? 0x1C0u : 0x1EDu);
            if (error == FsError.None)
                ours.Add(path);
            return error;
        }
        if (error != FsError.None || !found.IsDirectory)
            return error != FsError.None ? error : found.IsSymlink ? FsError.SymlinkLoop : FsError.NotDirectory;
        if (whole)
            Close(path);
        return FsError.None;
    }

    /// <summary>One that was there: nobody gets further from here on than will be allowed when all is done. One that can't be closed isn't ours.</summary>
    private void Close(RelativePath path)
    {
        if (!known.TryGetValue(path, out var attributes) || folder.OpenFile(path, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out var opened) != FsError.None)
            return;
        using (opened!)
        {
            if (NativeFolder.Stat(opened!, out var found) == FsError.None && NativeFolder.SetMode(opened!, (found.Mode & attributes.Mode) | 0x1C0) == FsError.None)
                ours.Add(path);
        }
    }
}
