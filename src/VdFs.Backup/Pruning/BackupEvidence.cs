using VdFs.Backup.Paths;
using VdFs.Backup.Repositories;
using VdFs.Core.Snapshots;

namespace VdFs.Backup.Pruning;

/// <summary>What a backup says about images that it doesn't have, and that no newer one has either: whether they were deleted before its cut. In doubt they weren't.</summary>
internal sealed class BackupEvidence
{
    private readonly BackupManifest backup;
    private readonly ImageSelection? selection;
    private readonly HashSet<string> missingImages;
    private readonly HashSet<RelativePath> missingPaths;
    private readonly bool saysNothing;

    /// <param name="backup">The backup.</param>
    /// <param name="paths">All that images are called in any backup of the repository.</param>
    public BackupEvidence(BackupManifest backup, HashSet<RelativePath> paths)
    {
        this.backup = backup;
        missingImages = [.. backup.Missing.Select(m => m.Image).OfType<string>()];
        missingPaths = [.. backup.Missing.Select(m => m.Path)];
        // An image that was renamed and couldn't be read may be any of them.
        bool mayBeAny = backup.Missing.Any(m => m.Image is null && !paths.Contains(m.Path));
        bool unreadable = backup.Selection.Any(string.IsNullOrEmpty);
        saysNothing = backup.Images.Count == 0 || mayBeAny || unreadable;
        selection = backup.Selection.Count == 0 || unreadable ? null : new ImageSelection(backup.Selection);
    }

    /// <param name="image">As the newest backup that has it has it.</param>
    /// <param name="seen">That backup; it is older than this one.</param>
    public bool SaysDeleted(BackupImage image, BackupManifest seen)
    {
        // Another mount's backup knows nothing of it; but one of the same mount does, though its state directory may be a new one.
        bool sameMount = backup.StateId == seen.StateId || (backup.Host == seen.Host && backup.Mount == seen.Mount);
        return !saysNothing && sameMount && !missingImages.Contains(image.Image) && !missingPaths.Contains(image.Path) && selection?.Takes(image.Path.Bytes) != false;
    }
}
