using VdFs.Core.Backups;
using VdFs.Core.Images;
using VdFs.Core.Inodes;

namespace VdFs.Core.Catalog;

/// <summary>
/// Images and their identity, cuts with their file lists, names, lineages. Every method is one transaction: afterwards it is on stable
/// storage, or it threw <see cref="CatalogException"/> and nothing happened; but if that says <see cref="CatalogException.MayComeBack"/>, the next one to open the catalog may find it
/// done, until another commit succeeded. Never on the path of a write. Calls are serialized inside.
/// </summary>
public interface ICatalog : IDisposable
{
    CatalogContents Load();

    /// <summary>Reads all of the catalog's file and says what is damaged in it, one sentence each; none: it is whole.</summary>
    IReadOnlyList<string> Verify();

    /// <summary>File list of a cut as bytes (<c>FileListFormat</c>).</summary>
    byte[] LoadFileList(long cut);

    /// <summary>Inode numbers of a cut as bytes (<c>ViewInodesFormat</c>); null if it has none yet.</summary>
    byte[]? LoadInodes(long cut);

    /// <summary>Keeps inode numbers of cuts and deltas that were there before they had any.</summary>
    /// <param name="window">Which numbers come next.</param>
    void PutInodes(IReadOnlyList<CatalogInodes> cuts, IReadOnlyList<(long Delta, uint First)> deltas, InodeRange window);

    /// <summary>Gives <paramref name="count"/> image ids away for good and returns the first.</summary>
    ulong ReserveImageIds(int count);

    /// <summary>A mount begins to serve: it is counted, from here on the end isn't clean, and the seals are broken.</summary>
    /// <param name="bootId">Boot id of this mount.</param>
    /// <param name="places">What the state belongs to from here on; null, or without a root: what was known stays.</param>
    void BeginMount(string bootId, MountPlaces? places = null);

    /// <summary>Everything else is on stable storage. The seals say how the images were left.</summary>
    void EndMount(IReadOnlyList<CatalogSeal> seals);

    /// <summary>
    /// First step of a cut: its number is used up, its list and the images that are new are kept. There is one pending cut at a time: another that
    /// failed, and could not be removed then, goes.
    /// </summary>
    void AddPending(CatalogCut cut, byte[] fileList, IReadOnlyList<CatalogImage> newImages);

    /// <summary>Last step of a cut: it is held, and checkpoints whose name it takes have theirs; with its inode numbers, and those that come next.</summary>
    void Complete(CatalogCut cut, byte[]? fileList, IReadOnlyList<(long Cut, string Name)> renames, IReadOnlyList<CatalogImage> newImages, CatalogInodes? inodes = null, InodeRange window = default);

    /// <summary>Gives a delta a number, which is returned, and keeps it until its newer cut is released or removed. Its own number means nothing.</summary>
    long AddDelta(CatalogDelta delta, InodeRange window = default);

    /// <summary>Snapshot to checkpoint. Its deltas go.</summary>
    void Release(long cut);

    /// <summary>What a cut is to the repository that it was made for.</summary>
    void MarkBackup(long cut, BackupState state);

    void Rename(IReadOnlyList<(long Cut, string Name)> renames);

    /// <summary>Removes a pending cut, one that was refused, or forgets a checkpoint; deltas that end there go.</summary>
    /// <param name="cut">Its number.</param>
    /// <param name="renames">Names that others get with it, in this order.</param>
    void Remove(long cut, IReadOnlyList<(long Cut, string Name)>? renames = null);

    void AddLosses(IReadOnlyList<CatalogLoss> losses);

    /// <summary>Writes images anew or for the first time.</summary>
    void PutImages(IReadOnlyList<CatalogImage> images);

    void RemoveImages(IReadOnlyList<ImageId> images);

    /// <summary>A commit that changes nothing: what failed before, and may come back, no longer can.</summary>
    void Settle();
}
