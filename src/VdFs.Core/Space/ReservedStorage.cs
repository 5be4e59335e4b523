using VdFs.Core.Errors;
using VdFs.Core.Storage;

namespace VdFs.Core.Space;

/// <summary>
/// The state directory with its <see cref="StateReserve"/>: what finds no room is tried again with a piece of the reserve, until that is used up. Also the one place that sees each
/// write and sync of state fail.
/// </summary>
internal sealed class ReservedStorage(IStorage storage, StateReserve reserve) : IStorage
{
    /// <summary>Told of writes and syncs that failed for another reason than room, with what it was.</summary>
    public Action<string, FsError> Failed { get; set; } = static (_, _) => { };

    public FsError Open(string path, StorageOpen mode, out IFile? file) => Open(path, mode, idle: false, out file);

    public FsError OpenIdle(string path, StorageOpen mode, out IFile? file) => Open(path, mode, idle: true, out file);

    private FsError Open(string path, StorageOpen mode, bool idle, out IFile? file)
    {
        file = null;
        // What was given back for the catalog is not for new records.
        FsError error = mode == StorageOpen.CreateNew && reserve.IsForCatalog() ? FsError.NoSpace : FsError.None;
        if (error != FsError.None)
            return error;
        do
            error = idle ? storage.OpenIdle(path, mode, out file) : storage.Open(path, mode, out file);
        while (MayTryAgain(error));
        if (error == FsError.None)
            file = new ReservedFile(file!, path, this);
        return error;
    }

    public FsError Delete(string path) => storage.Delete(path);

    public FsError Rename(string from, string to)
    {
        FsError error;
        do
            error = storage.Rename(from, to);
        while (MayTryAgain(error));
        return error;
    }

    public FsError CreateFolder(string path)
    {
        FsError error;
        do
            error = storage.CreateFolder(path);
        while (MayTryAgain(error));
        return error;
    }

    public FsError DeleteFolder(string path) => storage.DeleteFolder(path);

    public FsError List(string path, ICollection<string> names) => storage.List(path, names);

    public FsError SyncFolder(string path) => Watch(storage.SyncFolder(path), path);

    public FsError SyncAll() => Watch(storage.SyncAll(), "the state directory");

    public FsError GetSpace(out long free, out long total) => storage.GetSpace(out free, out total);

    /// <summary>True: there was no room, and a piece of the reserve was given back.</summary>
    internal bool MayTryAgain(FsError error) => error is FsError.NoSpace or FsError.QuotaExceeded && reserve.GiveBack(ReserveUse.Records);

    /// <summary>Passes the outcome of a write or a sync on.</summary>
    internal FsError Watch(FsError error, string path)
    {
        if (error is not (FsError.None or FsError.NoSpace or FsError.QuotaExceeded or FsError.NotFound or FsError.BadHandle) && !error.IsWant())
            Failed($"{path} could not be written", error);
        return error;
    }
}
