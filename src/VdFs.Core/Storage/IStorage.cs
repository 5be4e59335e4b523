using VdFs.Core.Errors;

namespace VdFs.Core.Storage;

/// <summary>
/// A directory that VdFs keeps its own files in: state (bitmaps, catalog, cut log) or pre-images. Paths are relative, ASCII, with `/`.
/// Two implementations: the real one, and the simulated one that loses unsynced writes at a simulated power cut.
/// </summary>
public interface IStorage
{
    FsError Open(string path, StorageOpen mode, out IFile? file);

    /// <summary>
    /// As <see cref="Open"/>, for one of many: while nobody uses it, it may be closed, and opened again at the same path by whoever uses it next, who gets the error if that fails
    /// (<see cref="FsErrors.IsWant"/>: nothing was done). The path stays this file's until it is disposed of: it is neither renamed nor removed before.
    /// </summary>
    FsError OpenIdle(string path, StorageOpen mode, out IFile? file) => Open(path, mode, out file);

    /// <summary>Removes a file. <see cref="FsError.NotFound"/> if there is none.</summary>
    FsError Delete(string path);

    /// <summary>Atomic replacement: afterwards <paramref name="to"/> is what <paramref name="from"/> was.</summary>
    FsError Rename(string from, string to);

    /// <summary>Creates a folder (mode 0700) and those above it; fine if it exists.</summary>
    FsError CreateFolder(string path);

    /// <summary>Removes an empty folder.</summary>
    FsError DeleteFolder(string path);

    /// <summary>Names in a folder, without `.` and `..`, in no order; empty path: the root.</summary>
    FsError List(string path, ICollection<string> names);

    /// <summary>Brings creations, deletions and renames in a folder to stable storage.</summary>
    FsError SyncFolder(string path);

    /// <summary>Brings everything in it to stable storage: all files, open or not, and all folders (syncfs(2)).</summary>
    FsError SyncAll();

    /// <summary>Bytes free for the owner of the state, and in all.</summary>
    FsError GetSpace(out long free, out long total);
}

public enum StorageOpen
{
    /// <summary>Opens an existing file for reading and writing.</summary>
    Existing,

    /// <summary>Creates the file (mode 0600); <see cref="FsError.AlreadyExists"/> if it is there.</summary>
    CreateNew,

    OpenOrCreate,
}
