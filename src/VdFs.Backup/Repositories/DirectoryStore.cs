using System.Collections.Concurrent;
using System.IO;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using VdFs.Backup.Native;
using VdFs.Backup.Paths;
using VdFs.Core.Errors;

namespace VdFs.Backup.Repositories;

/// <summary>
/// A repository in a local directory. Files are written in <c>temporary/</c>, synced, renamed to their names, and the folder is synced. Nothing outside of the directory
/// is ever opened, whatever paths and symbolic links the repository holds. Files get mode 0600, folders 0700.
/// </summary>
public sealed class DirectoryStore : IRepositoryStore
{
    private static readonly RelativePath Temporary = RelativePath.Parse("temporary");
    private static readonly RelativePath LockFile = RelativePath.Parse("lock");

    private readonly NativeFolder root;
    private readonly ConcurrentDictionary<RelativePath, bool> folders = new();

    private DirectoryStore(string place, NativeFolder root)
    {
        Place = place;
        this.root = root;
    }

    public string Place { get; }

    /// <param name="path">Absolute, or relative to the current directory.</param>
    /// <param name="create">Makes the directory if it isn't there; those above it have to be.</param>
    public static DirectoryStore Open(string path, bool create = false)
    {
        string full = Path.GetFullPath(path);
        if (create && !NativeFolder.IsFolder(full))
            MakeDirectory(full);
        FsError error = NativeFolder.Open(full, out var folder);
        if (folder is null)
            throw new BackupException(error, $"The repository {full} can't be opened: {ErrorWords.Of(error)}.");
        return new(full, folder);
    }

    private static void MakeDirectory(string full)
    {
        string above = Path.GetDirectoryName(full) ?? "/";
        FsError error = NativeFolder.Open(above, out var parent);
        if (parent is null)
            throw new BackupException(error, $"The directory {above} to make the repository in can't be opened: {ErrorWords.Of(error)}. Is its disk mounted?");
        using (parent)
        {
            error = parent.MakeFolder(RelativePath.Parse(Path.GetFileName(full)), 0x1C0);
            if (error == FsError.None)
                error = parent.SyncFolder(RelativePath.Root);
        }
        if (error != FsError.None)
            throw new BackupException(error, $"The directory {full} can't be made: {ErrorWords.Of(error)}.");
    }

    public IStoredFile Open(RelativePath path)
    {
        FsError error = root.OpenFile(path, Libc.O_RDONLY | Libc.O_NONBLOCK, 0, out var file);
        if (file is null)
            throw Failed(path, "be opened", error);
        error = NativeFolder.Stat(file, out var attributes);
        if (error == FsError.None && attributes.IsRegular)
            return new DirectoryStoreFile(file, attributes.Size);
        file.Dispose();
        throw Failed(path, "be opened", error == FsError.None ? FsError.InvalidArgument : error);
    }

    public IStoreWriter Create(RelativePath path)
    {
        MakeFolder(Temporary);
        var temporary = Temporary.Append(System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))));
        FsError error = root.OpenFile(temporary, Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL, 0x180, out var file);
        return file is not null ? new DirectoryStoreWriter(this, file, temporary, path) : throw Failed(path, "be made", error);
    }

    public void Delete(RelativePath path)
    {
        FsError error = root.Delete(path);
        if (error == FsError.NotFound)
            return;
        if (error == FsError.None)
            error = root.SyncFolder(path.Parent);
        if (error != FsError.None)
            throw Failed(path, "be deleted", error);
        DeleteEmptyFolders(path.Parent);
    }

    public bool Exists(RelativePath path)
    {
        FsError error = root.Stat(path, out _);
        return error switch
        {
            FsError.None => true,
            FsError.NotFound or FsError.NotDirectory => false,
            _ => throw Failed(path, "be looked at", error),
        };
    }

    public IReadOnlyList<RelativePath> List(RelativePath folder)
    {
        var files = new List<RelativePath>();
        List(folder, files);
        return files;
    }

    public bool HoldsOtherThings()
    {
        FsError error = root.List(RelativePath.Root, out var entries);
        if (error != FsError.None)
            throw Failed(RelativePath.Root, "be read", error);
        foreach (var entry in entries)
        {
            var path = RelativePath.Root.Append(entry.Name);
            // The first is of a new ext4, and not to be looked into but by root.
            bool ours = path == RelativePath.Parse("lost+found")
                || (path == LockFile && root.Stat(path, out var attributes) == FsError.None && attributes is { IsRegular: true, Size: 0 })
                || (path == Temporary && List(path).All(f => f.Parent == Temporary && IsTemporary(f.Name)));
            if (!ours)
                return true;
        }
        return false;
    }

    public IDisposable Lock()
    {
        FsError error = root.OpenFile(LockFile, Libc.O_RDWR | Libc.O_CREAT, 0x180, out var file);
        if (file is null)
            throw Failed(LockFile, "be opened", error);
        using (var held = new HeldHandle(file))
            error = Libc.Check(Libc.flock(held.Descriptor, Libc.LOCK_EX | Libc.LOCK_NB));
        if (error == FsError.None)
            return new DirectoryLock(file);
        file.Dispose();
        throw error == FsError.TryAgain
            ? new BackupException(FsError.Busy, $"Another backup or prune is writing to the repository {Place}; try again when it has ended.")
            : Failed(LockFile, "be locked", error);
    }

    public void ClearUncommitted()
    {
        FsError error = root.List(Temporary, out var entries);
        if (error == FsError.NotFound)
            return;
        // Names with a dot are not a writer's.
        foreach (var entry in entries.Where(e => !e.Name.Contains((byte)'.')))
            Delete(Temporary.Append(entry.Name));
        if (error != FsError.None)
            throw Failed(Temporary, "be read", error);
    }

    public void Dispose() => root.Dispose();

    /// <summary>The last step of a commit.</summary>
    internal void Publish(SafeFileHandle file, RelativePath temporary, RelativePath path)
    {
        FsError error = NativeFolder.Sync(file);
        if (error == FsError.None)
        {
            MakeFolder(path.Parent);
            error = root.Rename(temporary, path);
            if (error == FsError.NotFound)
            {
                // The folder was emptied and removed by a deletion since it was made.
                folders.Clear();
                MakeFolder(path.Parent);
                error = root.Rename(temporary, path);
            }
        }
        if (error == FsError.None)
            error = root.SyncFolder(path.Parent);
        if (error != FsError.None)
            throw Failed(path, "be put in place", error);
    }

    internal void Abandon(RelativePath temporary) => _ = root.Delete(temporary);

    internal BackupException Failed(RelativePath path, string what, FsError error) =>
        new(error, $"'{path}' in the repository {Place} can't {what}: {ErrorWords.Of(error)}.");

    private static bool IsTemporary(ReadOnlySpan<byte> name)
    {
        foreach (byte digit in name)
        {
            if (!char.IsAsciiHexDigitLower((char)digit))
                return false;
        }
        return name.Length == 16;
    }

    private void MakeFolder(RelativePath path)
    {
        if (path.IsRoot || folders.ContainsKey(path))
            return;
        MakeFolder(path.Parent);
        FsError error = root.MakeFolder(path, 0x1C0);
        if (error == FsError.None)
            error = root.SyncFolder(path.Parent);
        if (error != FsError.None)
            throw Failed(path, "be made", error);
        folders[path] = true;
    }

    private void DeleteEmptyFolders(RelativePath path)
    {
        // The first component is the repository's own and stays.
        while (!path.Parent.IsRoot && root.DeleteFolder(path) == FsError.None)
        {
            folders.Clear();
            path = path.Parent;
        }
    }

    private void List(RelativePath folder, List<RelativePath> files)
    {
        FsError error = root.List(folder, out var entries);
        if (error == FsError.NotFound)
            return;
        if (error != FsError.None)
            throw Failed(folder, "be read", error);
        foreach (var entry in entries)
        {
            var path = folder.Append(entry.Name);
            uint type = entry.Type;
            if (type == 0 && root.Stat(path, out var attributes) == FsError.None)
                type = attributes.Mode & Core.Storage.FileAttributes.TypeMask;
            if (type == Core.Storage.FileAttributes.TypeDirectory)
                List(path, files);
            else
                files.Add(path);
        }
    }
}
