using Microsoft.Win32.SafeHandles;
using VdFs.Backup.Native;
using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;
using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Backup.Restoring;

/// <summary>
/// Gives files, folders and links the owners, permissions and extended attributes that they had, as far as the caller may and the target's filesystem can. Invariant: at
/// no instant may anybody but the caller do more with one than it could be done before. So it is the caller's alone (0600, 0700) until its list of access stands; what it inherited
/// of its new folder goes; and whatever can't be set narrows the mode.
/// </summary>
/// <param name="all">Restores what gives privileges too: set-id bits, security.* and trusted.*.</param>
internal sealed class AttributeRestore(NativeFolder target, bool all)
{
    private const uint SetIds = 0xC00;

    /// <summary>What isn't as it was.</summary>
    public LeftOut LeftOut { get; } = new();

    /// <summary>Of a folder, by its path below the target.</summary>
    /// <param name="above">Folders between it and the tree's root, and the root, that aren't restored with it.</param>
    public void SetFolder(RelativePath path, EntryAttributes attributes, IReadOnlyList<EntryAttributes> above)
    {
        FsError error = target.OpenFile(path, Libc.O_RDONLY | Libc.O_DIRECTORY, 0, out var folder);
        if (folder is null)
        {
            LeftOut.Add($"Owner and permissions aren't as they were ({ErrorWords.Of(error)})", path);
            return;
        }
        using (folder)
            Set(folder, path, attributes, above);
        _ = target.SetModifyTime(path, Time(attributes));
    }

    /// <summary>Of a symbolic link, whose permissions mean nothing.</summary>
    public void SetLink(RelativePath path, EntryAttributes attributes)
    {
        if (target.SetOwner(path, attributes.User, attributes.Group) != FsError.None && !IsOwned(path, attributes))
            LeftOut.Add(OtherOwner, path);
        if (target.OpenFile(path, Libc.O_PATH, 0, out var link) == FsError.None)
        {
            using (link!)
                SetExtended(link!, path, attributes);
        }
        _ = target.SetModifyTime(path, Time(attributes));
    }

    /// <summary>Of an open file or folder; all but its time.</summary>
    /// <inheritdoc cref="SetFolder"/>
    public void Set(SafeFileHandle file, RelativePath path, EntryAttributes attributes, IReadOnlyList<EntryAttributes> above)
    {
        bool sameGroup = SetOwner(file, path, attributes);
        uint mode = Narrow(attributes, above);
        if (mode != attributes.Mode)
            LeftOut.Add("Fewer users may open it than its permissions allowed, since a folder that it was in let them not in and isn't restored with it", path);
        if (!all && (mode & SetIds) != 0)
        {
            mode &= ~SetIds;
            LeftOut.Add("Set-user-id and set-group-id bits aren't restored (root does, with --all-attributes)", path);
        }
        // Owners first: chown(2) takes set-id bits away. Then lists, which set the mode as well.
        bool hasList = SetLists(file, path, attributes, mode, sameGroup, out bool lost);
        if (lost)
            mode = WithoutList(attributes, mode);
        if (!sameGroup && !hasList)
            mode &= ~0x38u | ((mode & 7) << 3);
        FsError error = NativeFolder.SetMode(file, mode);
        if (error != FsError.None)
            LeftOut.Add($"Permissions aren't as they were ({ErrorWords.Of(error)})", path);
        SetExtended(file, path, attributes);
    }

    private const string OtherOwner = "Owners aren't as they were, which only root restores";

    private static TimeSpec Time(EntryAttributes attributes) => new(attributes.ModifiedSeconds, attributes.ModifiedNanoseconds);

    /// <returns>Whether it belongs to its former group.</returns>
    private bool SetOwner(SafeFileHandle file, RelativePath path, EntryAttributes attributes)
    {
        if (NativeFolder.SetOwner(file, attributes.User, attributes.Group) == FsError.None)
            return true;
        // One who isn't root may still give it to a group of theirs.
        _ = NativeFolder.SetOwner(file, uint.MaxValue, attributes.Group);
        FsError error = NativeFolder.Stat(file, out var now);
        if (error != FsError.None || now.Uid != attributes.User || now.Gid != attributes.Group)
            LeftOut.Add(OtherOwner, path);
        return error == FsError.None && now.Gid == attributes.Group;
    }

    private bool IsOwned(RelativePath path, EntryAttributes attributes) =>
        target.Stat(path, out var now) == FsError.None && now.Uid == attributes.User && now.Gid == attributes.Group;

    /// <param name="mode">What the list must not go beyond.</param>
    /// <param name="lost">There was a list, or one was inherited, that isn't set, or not gone.</param>
    /// <returns>Whether it has a list of access now.</returns>
    private bool SetLists(SafeFileHandle file, RelativePath path, EntryAttributes attributes, uint mode, bool sameGroup, out bool lost)
    {
        // What a folder with a default list gave it goes first.
        FsError error = ExtendedAttributes.Remove(file, "system.posix_acl_access"u8);
        var list = attributes.Extended?.FirstOrDefault(a => a.IsAccessList);
        if (list is not null && error == FsError.None)
            error = AccessList.Read(list.Value) is { } known ? ExtendedAttributes.Set(file, list.Name, known.Limited(mode, sameGroup)) : FsError.InvalidArgument;
        lost = error != FsError.None;
        if (lost)
            LeftOut.Add($"Lists of access (ACLs) aren't restored, and fewer users may open it ({ErrorWords.Of(error)})", path);
        var defaults = attributes.Extended?.FirstOrDefault(a => a.IsDefaultList);
        FsError forNew = ExtendedAttributes.Remove(file, "system.posix_acl_default"u8);
        if (defaults is not null && forNew == FsError.None)
            forNew = ExtendedAttributes.Set(file, defaults.Name, defaults.Value);
        if (defaults is not null && forNew != FsError.None)
            LeftOut.Add($"Lists of access for new files (default ACLs) aren't restored ({ErrorWords.Of(forNew)})", path);
        return list is not null && !lost;
    }

    private static uint WithoutList(EntryAttributes attributes, uint mode) =>
        attributes.Extended?.FirstOrDefault(a => a.IsAccessList) is { } list && AccessList.Read(list.Value) is { } known ? known.ModeWithout(mode) : mode & ~0x3Fu;

    private void SetExtended(SafeFileHandle file, RelativePath path, EntryAttributes attributes)
    {
        foreach (var one in attributes.Extended ?? [])
        {
            if (one.IsAccessList || one.IsDefaultList)
                continue;
            if (one.IsPrivileged && !all)
            {
                LeftOut.Add($"The extended attribute {one} isn't restored (root does, with --all-attributes)", path);
                continue;
            }
            FsError error = ExtendedAttributes.Set(file, one.Name, one.Value);
            if (error != FsError.None)
                LeftOut.Add($"The extended attribute {one} isn't restored ({ErrorWords.Of(error)})", path);
        }
    }

    /// <summary>Its mode, without what nobody could use since a folder above, which isn't restored, let nobody through.</summary>
    private static uint Narrow(EntryAttributes attributes, IReadOnlyList<EntryAttributes> above)
    {
        uint mode = attributes.Mode;
        bool listed = attributes.Extended?.Any(a => a.IsAccessList) == true;
        foreach (var folder in above)
        {
            bool others = (folder.Mode & 1) != 0;
            // With a list, the folder's bits for the group are those of anyone whom it names.
            bool group = folder.Group == attributes.Group && folder.Extended?.Any(a => a.IsAccessList) != true ? (folder.Mode & 8) != 0 : others;
            if (!others)
                mode &= ~7u;
            if (!group || (!others && listed))
                mode &= ~0x38u;
        }
        return mode;
    }
}
