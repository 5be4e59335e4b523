using VdFs.Core.Backups;
using VdFs.Core.Catalog;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Inodes;

namespace VdFs.Core.Space;

/// <summary>
/// The catalog with the state directory's <see cref="StateReserve"/>: a transaction that finds no room, and so had no effect, is done again with a piece of the reserve; and one that
/// failed and may come back is settled before that is told (<see cref="CatalogSettling"/>). Owns the catalog below, and the settling.
/// </summary>
internal sealed class ReservedCatalog(ICatalog catalog, StateReserve reserve, CatalogSettling settling) : ICatalog
{
    public CatalogContents Load() => Do(catalog.Load);

    public IReadOnlyList<string> Verify() => Do(catalog.Verify);

    public byte[] LoadFileList(long cut) => Do(() => catalog.LoadFileList(cut));

    public byte[]? LoadInodes(long cut) => Do(() => catalog.LoadInodes(cut));

    public void PutInodes(IReadOnlyList<CatalogInodes> cuts, IReadOnlyList<(long Delta, uint First)> deltas, InodeRange window) => Do(() => catalog.PutInodes(cuts, deltas, window));

    public ulong ReserveImageIds(int count) => Do(() => catalog.ReserveImageIds(count));

    public void BeginMount(string bootId, MountPlaces? places = null) => Do(() => catalog.BeginMount(bootId, places));

    public void EndMount(IReadOnlyList<CatalogSeal> seals) => Do(() => catalog.EndMount(seals));

    public void AddPending(CatalogCut cut, byte[] fileList, IReadOnlyList<CatalogImage> newImages) => Do(() => catalog.AddPending(cut, fileList, newImages), ReserveUse.Cuts);

    public void Complete(CatalogCut cut, byte[]? fileList, IReadOnlyList<(long Cut, string Name)> renames, IReadOnlyList<CatalogImage> newImages, CatalogInodes? inodes = null, InodeRange window = default) =>
        Do(() => catalog.Complete(cut, fileList, renames, newImages, inodes, window), ReserveUse.Cuts);

    public long AddDelta(CatalogDelta delta, InodeRange window = default) => Do(() => catalog.AddDelta(delta, window));

    public void Release(long cut) => Do(() => catalog.Release(cut));

    public void MarkBackup(long cut, BackupState state) => Do(() => catalog.MarkBackup(cut, state));

    public void Rename(IReadOnlyList<(long Cut, string Name)> renames) => Do(() => catalog.Rename(renames));

    public void Remove(long cut, IReadOnlyList<(long Cut, string Name)>? renames = null) => Do(() => catalog.Remove(cut, renames));

    public void AddLosses(IReadOnlyList<CatalogLoss> losses) => Do(() => catalog.AddLosses(losses));

    public void PutImages(IReadOnlyList<CatalogImage> images) => Do(() => catalog.PutImages(images));

    public void RemoveImages(IReadOnlyList<ImageId> images) => Do(() => catalog.RemoveImages(images));

    public void Settle() => catalog.Settle();

    public void Dispose()
    {
        settling.Dispose();
        catalog.Dispose();
    }

    private void Do(Action work, ReserveUse purpose = ReserveUse.Upkeep) => Do(() =>
    {
        work();
        return true;
    }, purpose);

    private T Do<T>(Func<T> work, ReserveUse purpose = ReserveUse.Upkeep)
    {
        while (true)
        {
            try
            {
                return work();
            }
            catch (CatalogException e) when (e.Error is FsError.NoSpace or FsError.QuotaExceeded && reserve.GiveBack(purpose))
            {
                // Again, with more room.
            }
            catch (CatalogException e) when (e.MayComeBack && settling.Settle())
            {
                throw new CatalogException(e.Error, e.Message, e);
            }
        }
    }
}
