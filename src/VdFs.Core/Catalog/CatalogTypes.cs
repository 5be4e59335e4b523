using VdFs.Core.Backups;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Inodes;
using VdFs.Core.Storage;

namespace VdFs.Core.Catalog;

public enum CutState
{
    /// <summary>Being made: complete only if the cut log has its record.</summary>
    Pending = 0,

    /// <summary>A snapshot: its pre-images are kept.</summary>
    Held = 1,

    /// <summary>Its pre-images are released, its change records stay.</summary>
    Checkpoint = 2,
}

/// <summary>A cut as the catalog keeps it, but for its file list.</summary>
/// <param name="Number">The generation that it opened; also its place in the order of cuts.</param>
/// <param name="CutId">16 random bytes: what chains and repositories match.</param>
/// <param name="Time">Its own time: unique to the millisecond, and later than that of every cut before it.</param>
/// <param name="Patterns">Patterns of a selection, one per line; empty: everything.</param>
public sealed record CatalogCut(
    long Number, byte[] CutId, DateTimeOffset Time, string Name, CutState State, int Images, long Bytes, string Patterns)
{
    /// <summary>Id of the repository that it was cut for; empty: not for a backup.</summary>
    public string Repository { get; init; } = "";

    public BackupState Backup { get; init; }

    /// <summary>What the wall clock said, with the host's offset from UTC; of a cut that was completed after a death, shortly before it. Null: made before schema version 5.</summary>
    public DateTimeOffset? Clock { get; init; }
}

/// <summary>An image as the catalog keeps it.</summary>
public sealed record CatalogImage(ImageId Id, ImageIdentity Identity, long LineageSince, string LineageBroken);

/// <summary>A snapshot, or one image of it, that can't be served any more.</summary>
/// <param name="Image">None: the whole snapshot.</param>
public sealed record CatalogLoss(long Cut, ImageId Image, string Reason);

/// <summary>What an image was like when a mount ended cleanly: whoever changes it without VdFs breaks that.</summary>
public sealed record CatalogSeal(ImageId Image, long Size, TimeSpec ModifyTime, TimeSpec ChangeTime);

/// <summary>A delta that was looked at: a pair of cuts, with a number that its node ids are made of. It says all of the older cut that its files say: that one may be renamed or forgotten.</summary>
/// <param name="Number">From 1 on; never used again.</param>
/// <param name="Older">Number of the older cut; 0: there is none, all of every image is in it.</param>
/// <param name="OlderId">Its cut id; empty without one.</param>
/// <param name="OlderTime">Its instant.</param>
/// <param name="OlderName">Its name when the delta was first looked at; empty without one.</param>
/// <param name="Newer">Number of the newer cut. The delta lasts until that is released.</param>
/// <param name="NewerName">Its name when the delta was first looked at.</param>
public sealed record CatalogDelta(long Number, long Older, byte[] OlderId, DateTimeOffset OlderTime, string OlderName, long Newer, string NewerName)
{
    /// <summary>First of its inode numbers, which stand in a row; 0: it has none yet.</summary>
    public uint FirstInode { get; init; }
}

/// <summary>All that the catalog holds but for file lists.</summary>
/// <param name="NextCut">Lowest number that no cut ever had.</param>
/// <param name="CleanEnd">The last mount ended with everything on stable storage.</param>
/// <param name="BootId">Boot id of the last mount; empty before the first.</param>
/// <param name="Seals">One per image that had a name at the last clean end; none after another end.</param>
public sealed record CatalogContents(
    IReadOnlyList<CatalogCut> Cuts, IReadOnlyList<CatalogImage> Images, IReadOnlyList<CatalogLoss> Losses, long NextCut, bool CleanEnd, string BootId,
    IReadOnlyList<CatalogSeal> Seals)
{
    /// <summary>How many mounts began with it; 0: none that keeps a list of change records.</summary>
    public long Mounts { get; init; }

    /// <summary>What the last mount belonged to.</summary>
    public MountPlaces Places { get; init; } = MountPlaces.None;

    /// <summary>Deltas of held snapshots that were looked at.</summary>
    public IReadOnlyList<CatalogDelta> Deltas { get; init; } = [];

    /// <summary>Inode numbers of cuts, without the lists.</summary>
    public IReadOnlyList<CatalogInodes> Inodes { get; init; } = [];

    /// <summary>Inode numbers that come next; empty and 0: none was given yet.</summary>
    public InodeRange InodeWindow { get; init; }

    /// <summary>Time of the last cut that was completed, though it may be forgotten since: no other is given this one or an earlier one.</summary>
    public DateTimeOffset LastCut { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>What the wall clock said at that cut; null: not known.</summary>
    public DateTimeOffset? LastClock { get; init; }

    /// <summary>32 hexadecimal digits, random, made with the catalog.</summary>
    public string StateId { get; init; } = "";
}

/// <summary>The catalog could not be opened, read or committed to. The transaction that failed had no effect.</summary>
public sealed class CatalogException : Exception
{
    public CatalogException(FsError error, string message, Exception? inner = null)
        : base(message, inner) => Error = error;

    public FsError Error { get; }

    /// <summary>The commit was handed over and its sync failed: nothing happened for this process, but the next one to open the catalog may find it done. See <see cref="ICatalog.Settle"/>.</summary>
    public bool MayComeBack { get; init; }
}
