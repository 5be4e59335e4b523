using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;

namespace VdFs.Core.Checking;

/// <summary>
/// What can be repaired without guessing. Each repair only ever claims less than before: a lineage is broken, a snapshot is lost, a record says that
/// everything changed, a leftover goes. In the order of the findings, each complete before the next; one that fails leaves its finding as it is.
/// </summary>
public sealed partial class StateCheck
{
    private ICatalog? writable;

    /// <summary>Does what the findings of <see cref="Run"/> say. The state is not in use.</summary>
    /// <param name="openCatalog">Opens the catalog for writing; asked only if a repair needs it. Stays the caller's.</param>
    public CheckReport Repair(Func<ICatalog> openCatalog)
    {
        for (int i = 0; i < findings.Count; i++)
        {
            (StateFinding finding, Func<FsError>? repair) = findings[i];
            if (repair is null || finding.Repaired)
                continue;
            options.Cancellation.ThrowIfCancellationRequested();
            FsError error;
            try
            {
                if (catalog is not null)
                    writable ??= openCatalog();
                error = repair();
            }
            catch (CatalogException e)
            {
                findings[i] = (finding with { Repair = $"failed: {e.Message}" }, null);
                continue;
            }
            findings[i] = error == FsError.None ? (finding with { Repaired = true }, null) : (finding with { Repair = $"failed ({error})" }, null);
        }
        FsError synced = catalog is not null && findings.Exists(f => f.Finding.Repaired) ? WriteRecordList() : FsError.None;
        if (synced == FsError.None)
            synced = state.SyncAll();
        if (synced != FsError.None)
            Fault("state directory", $"the repairs could not be brought to stable storage ({synced})", "check again before a restart of the machine");
        return Report();
    }

    private static FsError Commit(Action commit)
    {
        commit();
        return FsError.None;
    }

    private static FsError Then(FsError first, Func<FsError> next) => first == FsError.None ? next() : first;

    /// <summary>As the engine does it: the catalog first, since a record that is gone reads as "nothing changed".</summary>
    private FsError BreakLineage(CheckedImage image, long generation, string reason) => Commit(() =>
    {
        if (image.Row!.LineageSince <= generation)
            writable!.PutImages([image.Row with { LineageSince = Math.Max(Current, generation) + 1, LineageBroken = reason }]);
        writable!.AddLosses([.. image.Held.Keys.Select(c => new CatalogLoss(c, image.Id, reason))]);
    });

    private FsError ReplaceRecord(CheckedImage image, long generation, string path)
    {
        FsError error = RemoveWhatever(path);
        if (error != FsError.None)
            return error;
        error = state.Open(path, StorageOpen.CreateNew, out IFile? file);
        if (error != FsError.None)
            return error;
        image.Sums.Remove(generation);
        error = ChangeRecord.Create(file!, new ChangeRecordHeader(image.Id, generation, image.Row!.Identity, AllChanged: true), null, out ChangeRecord? record);
        record?.Dispose();
        return error;
    }

    private FsError RemoveWhatever(string path)
    {
        FsError error = state.Delete(path);
        if (error is FsError.IsDirectory or FsError.NotPermitted)
            error = state.DeleteFolder(path);
        return error == FsError.NotFound ? FsError.None : error;
    }

    private FsError Empty(string path)
    {
        FsError error = state.Open(path, StorageOpen.Existing, out IFile? file);
        if (error != FsError.None)
            return error;
        using (file)
            return file!.SetLength(0);
    }
}
