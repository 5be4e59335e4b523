using VdFs.Backup.Mounts;
using VdFs.Backup.Repositories;
using VdFs.Core.Snapshots;

namespace VdFs.Backup.Copying;

/// <summary>How an image is going to be taken.</summary>
/// <param name="View">As the snapshot has it.</param>
/// <param name="Image">State id and number.</param>
/// <param name="Reason">Why in full, else empty.</param>
/// <param name="Base">What the last backup has of it; null if it has nothing, or nothing that can be used.</param>
/// <param name="Extents">Incremental: changed and data.</param>
/// <param name="Zeros">Incremental: changed and holes.</param>
internal sealed record ImagePlan(
    ViewImage View, string Image, BackupWay Way, string Reason, BackupImage? Base, IReadOnlyList<Extent> Extents, IReadOnlyList<Extent> Zeros)
{
    /// <summary>Bytes that will be read of the snapshot, as far as that can be known.</summary>
    public long Bytes { get; init; }
}
