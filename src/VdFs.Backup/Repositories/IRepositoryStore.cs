using VdFs.Backup.Paths;

namespace VdFs.Backup.Repositories;

/// <summary>
/// Where a repository's files lie: a directory, or later an object store. All that is asked of it: streamed sequential writing of files that appear whole or
/// not at all, reading by ranges, listing, deleting, and one writer at a time. Safe from any thread. Failures are <see cref="BackupException"/>, worded.
/// </summary>
/// <remarks>
/// What has to hold at every instant: a name leads to the whole content of one commit or to nothing; once <see cref="IStoreWriter.Commit"/> or
/// <see cref="Delete"/> has returned, a power cut doesn't undo it; the effects of two calls made one after the other last in that order.
/// </remarks>
public interface IRepositoryStore : IDisposable
{
    /// <summary>For messages.</summary>
    string Place { get; }

    /// <summary>Opens a file; what was opened stays what it is even if it is replaced or deleted.</summary>
    /// <exception cref="BackupException"><see cref="Core.Errors.FsError.NotFound"/> if there is none.</exception>
    IStoredFile Open(RelativePath path);

    /// <summary>Begins a file, which replaces another of that name when it is committed.</summary>
    IStoreWriter Create(RelativePath path);

    /// <summary>Fine if there is none.</summary>
    void Delete(RelativePath path);

    bool Exists(RelativePath path);

    /// <summary>Whether anything lies here that no beginning of a repository leaves: then it belongs to somebody else. Changes nothing, and looks no deeper than it must.</summary>
    bool HoldsOtherThings();

    /// <summary>All files in a folder and below, in the order of their bytes; none if there is no such folder.</summary>
    IReadOnlyList<RelativePath> List(RelativePath folder);

    /// <summary>One writer at a time, over all processes; released on disposal and by the process's death.</summary>
    /// <exception cref="BackupException"><see cref="Core.Errors.FsError.Busy"/> if another has it.</exception>
    IDisposable Lock();

    /// <summary>Removes what writers left that died before they committed. Only with the lock.</summary>
    void ClearUncommitted();
}
